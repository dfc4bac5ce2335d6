//! The phone's store: arriving messages one by one and sixteen at once, the import of a history, opening, paging.

use super::{
    Sizes,
    bodies::Bodies,
    counters::{size, written},
    phone::Phone,
    plain::Plain,
    report::{Goal, Metric, Samples, quantile},
};
use crate::world::Failure;
use std::{fs, path::Path, sync::Arc, time::Duration, time::Instant};
use tokio::task::JoinSet;

/// How many write at once.
const WRITERS: usize = 16;
/// Among how many conversations arriving messages are spread.
const CUSTOMERS: usize = 20;
/// A modelled device's time for a sync.
const SYNC: Duration = Duration::from_millis(1);

static INGEST_P50: Metric = Metric {
    name: "durable ingest to queued, this disk, p50",
    unit: "ms",
    goal: Goal::RatioAtMost(1.2),
};
static INGEST_P99: Metric = Metric {
    name: "durable ingest to queued, this disk, p99",
    unit: "ms",
    goal: Goal::RatioAtMost(0.5),
};
static SLOW_P50: Metric = Metric {
    name: "durable ingest to queued, +1 ms a commit, p50",
    unit: "ms",
    goal: Goal::RatioAtMost(1.03),
};
static SLOW_P99: Metric = Metric {
    name: "durable ingest to queued, +1 ms a commit, p99",
    unit: "ms",
    goal: Goal::Open,
};
static COMMITS: Metric = Metric {
    name: "commits a message, one by one",
    unit: "commits",
    goal: Goal::AtMost(1.0),
};
static WRITTEN: Metric = Metric {
    name: "written a message, one by one",
    unit: "kB",
    goal: Goal::AtMost(40.0),
};
static GROUP_RATE: Metric = Metric {
    name: "16 writers, +1 ms a commit",
    unit: "msg/s",
    goal: Goal::RatioAtLeast(1.05),
};
static GROUP_COMMITS: Metric = Metric {
    name: "commits a message, 16 writers",
    unit: "commits",
    goal: Goal::AtMost(0.08),
};
static GROUP_WRITTEN: Metric = Metric {
    name: "written a message, 16 writers",
    unit: "kB",
    goal: Goal::AtMost(22.0),
};
static IMPORT: Metric = Metric {
    name: "history import",
    unit: "msg/s",
    goal: Goal::RatioAtLeast(1.8),
};
static FILE: Metric = Metric {
    name: "file bytes a message after the import",
    unit: "B",
    goal: Goal::RatioAtMost(1.07),
};
static OPEN: Metric = Metric {
    name: "open + inbox after the import, warm, p50",
    unit: "ms",
    goal: Goal::RatioAtMost(1.15),
};
static PAGE: Metric = Metric {
    name: "conversation page after the import, warm, p50",
    unit: "ms",
    goal: Goal::RatioAtMost(1.2),
};

/// One round of everything, in a folder of its own.
pub(super) async fn round(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let folder = |name: &str| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).map(|()| folder)
    };
    single(&folder("disk")?, sizes, seed, Duration::ZERO, samples).await?;
    single(&folder("slow")?, sizes, seed, SYNC, samples).await?;
    group(&folder("group")?, sizes, seed, samples).await?;
    import(&folder("import")?, sizes, seed, samples).await
}

/// Messages one by one, each durable before the next.
async fn single(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    sync: Duration,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let phone = Phone::join(folder, sync).await?;
    let mut plain = Plain::create(folder, sync)?;
    phone.bind(CUSTOMERS).await?;
    let mut bodies = Bodies::new(seed);
    for customer in 0..CUSTOMERS {
        let body = bodies.live(customer);
        phone.ingest(body.clone(), 1).await?;
        plain.ingest(&[body])?;
    }
    let arriving: Vec<_> = (0..sizes.messages)
        .map(|n| bodies.live(n % CUSTOMERS))
        .collect();

    let (bytes, commits) = (written(), phone.commits());
    let mut ours = Vec::with_capacity(arriving.len());
    for body in arriving.clone() {
        let started = Instant::now();
        phone.ingest(body, 1).await?;
        ours.push(ms(started));
    }
    let (ours_bytes, commits) = (since(bytes), phone.commits() - commits);

    let bytes = written();
    let mut theirs = Vec::with_capacity(arriving.len());
    for body in &arriving {
        let started = Instant::now();
        plain.ingest(std::slice::from_ref(body))?;
        theirs.push(ms(started));
    }
    let plain_bytes = since(bytes);

    let (p50, p99) = match sync.is_zero() {
        true => (&INGEST_P50, &INGEST_P99),
        false => (&SLOW_P50, &SLOW_P99),
    };
    for (metric, share) in [(p50, 0.5), (p99, 0.99)] {
        let (ours, theirs) = (ours.clone(), theirs.clone());
        samples.add(metric, quantile(ours, share), quantile(theirs, share));
    }
    if sync.is_zero() {
        let count = arriving.len() as f64;
        samples.add(&COMMITS, commits as f64 / count, 1.0);
        add_written(samples, &WRITTEN, ours_bytes, plain_bytes, count);
    }
    phone.close().await
}

/// Sixteen writers at once; the baseline takes sixteen messages a commit.
async fn group(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let phone = Arc::new(Phone::join(folder, SYNC).await?);
    let mut plain = Plain::create(folder, SYNC)?;
    phone.bind(CUSTOMERS).await?;
    let mut bodies = Bodies::new(seed);
    let arriving: Vec<_> = (0..sizes.messages)
        .map(|n| bodies.live(n % CUSTOMERS))
        .collect();
    let count = arriving.len() as f64;

    let mut hands: Vec<Vec<Vec<u8>>> = vec![Vec::new(); WRITERS];
    for (body, hand) in arriving.iter().zip((0..WRITERS).cycle()) {
        if let Some(hand) = hands.get_mut(hand) {
            hand.push(body.clone());
        }
    }
    let (bytes, commits, started) = (written(), phone.commits(), Instant::now());
    let mut writers = JoinSet::new();
    for hand in hands {
        let phone = Arc::clone(&phone);
        writers.spawn(async move {
            for body in hand {
                let taken = phone.ingest(body, 1).await;
                taken.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    let ours = count / started.elapsed().as_secs_f64();
    let (ours_bytes, commits) = (since(bytes), phone.commits() - commits);

    let (bytes, started) = (written(), Instant::now());
    for group in arriving.chunks(WRITERS) {
        plain.ingest(group)?;
    }
    let theirs = count / started.elapsed().as_secs_f64();
    let plain_bytes = since(bytes);

    let groups = arriving.chunks(WRITERS).count() as f64;
    samples.add(&GROUP_RATE, ours, theirs);
    samples.add(&GROUP_COMMITS, commits as f64 / count, groups / count);
    add_written(samples, &GROUP_WRITTEN, ours_bytes, plain_bytes, count);
    phone.close().await
}

/// A history, one conversation a body; then the store as it is after it.
async fn import(
    folder: &Path,
    sizes: &Sizes,
    seed: u64,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let mut phone = Phone::join(folder, Duration::ZERO).await?;
    let mut plain = Plain::create(folder, Duration::ZERO)?;
    phone.bind(sizes.threads).await?;
    let count = (sizes.threads * sizes.thread) as f64;
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    let mut bodies = Bodies::new(seed);
    for customer in 0..sizes.threads {
        let body = bodies.history(customer, sizes.thread);
        let raw = body.clone();
        let started = Instant::now();
        phone.ingest(raw, sizes.thread).await?;
        ours += started.elapsed();
        let started = Instant::now();
        plain.ingest(&[body])?;
        theirs += started.elapsed();
    }
    samples.add(
        &IMPORT,
        count / ours.as_secs_f64(),
        count / theirs.as_secs_f64(),
    );
    phone.close().await?;
    plain.close()?;
    let (ours, theirs) = (size(&phone.files())?, size(&plain.files())?);
    samples.add(&FILE, ours as f64 / count, theirs as f64 / count);
    open(&mut phone, &mut plain, sizes, samples).await?;
    page(&phone, &plain, sizes, samples).await?;
    phone.close().await
}

/// From closed files to the first page of the inbox.
async fn open(
    phone: &mut Phone,
    plain: &mut Plain,
    sizes: &Sizes,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..sizes.opens {
        phone.close().await?;
        plain.close()?;
        let started = Instant::now();
        let found = phone.reopen().await?;
        ours.push(ms(started));
        let started = Instant::now();
        let expected = plain.reopen()?;
        theirs.push(ms(started));
        same("conversations", found, expected)?;
    }
    samples.add(&OPEN, quantile(ours, 0.5), quantile(theirs, 0.5));
    Ok(())
}

/// The newest page of conversations, one after the other.
async fn page(
    phone: &Phone,
    plain: &Plain,
    sizes: &Sizes,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let conversations = phone.conversations().await?;
    for (n, key) in (0..sizes.pages).zip(conversations.into_iter().cycle()) {
        let started = Instant::now();
        let found = phone.page(key).await?;
        ours.push(ms(started));
        let started = Instant::now();
        let expected = plain.page(1 + n % sizes.threads)?;
        theirs.push(ms(started));
        same("messages", found, expected)?;
    }
    samples.add(&PAGE, quantile(ours, 0.5), quantile(theirs, 0.5));
    Ok(())
}

fn add_written(
    samples: &mut Samples,
    metric: &'static Metric,
    ours: Option<f64>,
    plain: Option<f64>,
    count: f64,
) {
    if let (Some(ours), Some(plain)) = (ours, plain) {
        samples.add(metric, ours / count, plain / count);
    }
}

/// Kilobytes written since a reading of the counter.
fn since(before: Option<u64>) -> Option<f64> {
    Some((written()? - before?) as f64 / 1000.0)
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}

/// Both sides must have read the same amount, or they did not do the same work.
fn same(what: &str, ours: usize, plain: usize) -> Result<(), Failure> {
    match ours == plain {
        true => Ok(()),
        false => Err(format!("ours read {ours} {what}, the baseline {plain}").into()),
    }
}
