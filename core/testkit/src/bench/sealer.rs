//! What an extension waits for: one item kept, beside the same bytes written, synced and renamed.

use super::{
    Sizes,
    bodies::Bodies,
    report::{Goal, Metric, Samples, quantile},
};
use crate::world::Failure;
use companion_crypto::{hpke::KeyPair, random::SystemRandom, secret::Key};
use companion_domain::{
    id::{EnrolmentId, TenantId},
    policy::LockScreen,
};
use companion_sealer::{Extension, InboxSealer, inbox};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::Instant,
};

/// How many items wait at most: an app that runs now and then leaves no more.
const WAITING: usize = 20;

static APPEND: Metric = Metric {
    name: "append by an extension, this disk, p50",
    unit: "ms",
    goal: Goal::RatioAtMost(1.6),
};

/// Items one by one, each durable before the next.
pub(super) fn round(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let (shared, plain) = (folder.join("shared"), folder.join("plain"));
    fs::create_dir_all(&plain)?;
    let told = Extension::new(
        TenantId::new("acme"),
        EnrolmentId::new("7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11"),
        KeyPair::derive(&Key::random(&SystemRandom)).public(),
        LockScreen::None,
    );
    told.write(&shared)?;
    let sealer = InboxSealer::open(shared.clone());
    let mut bodies = Bodies::new(seed);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for n in 0..sizes.messages {
        let body = bodies.live(n);
        let started = Instant::now();
        sealer.append("whatsapp_cloud", &body)?;
        ours.push(ms(started));
        let waiting = inbox::waiting(&shared)?;
        let kept = match waiting.last() {
            Some(name) => inbox::read(&shared, name)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let started = Instant::now();
        keep(&plain, n % WAITING, &kept)?;
        theirs.push(ms(started));
        if waiting.len() >= WAITING {
            inbox::remove(&shared, &waiting)?;
            fs::remove_dir_all(&plain)?;
            fs::create_dir(&plain)?;
        }
    }
    samples.add(&APPEND, quantile(ours, 0.5), quantile(theirs, 0.5));
    Ok(())
}

/// The same bytes by the same steps, and nothing else.
fn keep(folder: &Path, n: usize, bytes: &[u8]) -> Result<(), Failure> {
    let half = folder.join(format!("{n}.tmp"));
    let mut file = File::create_new(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, folder.join(n.to_string()))?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}
