//! Grants that a test lays into a folder. A company's own enrolment goes by invite and login instead.

use crate::{
    app::Shared,
    config::Config,
    store::{Enrolment, NewEnrolment, StoreError},
};
use companion_crypto::{hpke::PublicKey, sign::VerifyingKey};
use companion_domain::{
    grant::{Grant, GrantedAccount},
    id::{AccountId, ChannelId},
};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How often the folder is looked at, in real time.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct GrantFile {
    grant: Grant,
    device: VerifyingKey,
    hpke: PublicKey,
}

/// What the folder held when it was last looked at.
#[derive(Default, PartialEq, Eq)]
struct Listing(Vec<(PathBuf, Option<SystemTime>, u64)>);

/// Enters the grants that are there, then follows what changes until the gateway stops.
pub(crate) async fn follow(app: Shared, folder: PathBuf) {
    let mut known = Listing::default();
    loop {
        match Listing::of(&folder) {
            Ok(listing) if listing != known => match enter(&app, &listing).await {
                Ok(()) => known = listing,
                Err(error) => tracing::error!(%error, "grants could not be stored"),
            },
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the folder of grants cannot be read"),
        }
        tokio::select! {
            () = app.stopping() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Enters the grants that are there.
pub(crate) async fn enter_all(app: &Shared, folder: &Path) -> Result<(), StoreError> {
    match Listing::of(folder) {
        Ok(listing) => enter(app, &listing).await,
        Err(error) => {
            tracing::error!(%error, "the folder of grants cannot be read");
            Ok(())
        }
    }
}

/// Enrolments whose file is gone are ended; not while a file cannot be read, which may be half written.
async fn enter(app: &Shared, listing: &Listing) -> Result<(), StoreError> {
    let mut new = Vec::new();
    let mut whole = true;
    for (path, ..) in &listing.0 {
        match load(app, path) {
            Some(enrolment) => new.push(enrolment),
            None => {
                whole = false;
                tracing::warn!("a grant is malformed or not of this gateway's tenant and accounts");
            }
        }
    }
    app.store
        .write(move |store| {
            for enrolment in &new {
                enrolment.enter(store)?;
            }
            if whole {
                let kept: Vec<_> = new.iter().map(|enrolment| enrolment.id.clone()).collect();
                Enrolment::revoke_others(store, &kept)?;
            }
            Ok(())
        })
        .await
}

fn load(app: &Shared, path: &Path) -> Option<NewEnrolment> {
    let file: GrantFile = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let grant = file.grant;
    let accounts = accounts(&app.config, &grant.accounts)?;
    if grant.v != 1 || grant.tenant != app.config.tenant {
        return None;
    }
    Some(NewEnrolment {
        id: grant.enrolment_id,
        device: file.device,
        inbox_key: file.hpke,
        inbox: app.maker.random_id(),
        accounts,
    })
}

fn accounts(config: &Config, granted: &[GrantedAccount]) -> Option<Vec<(ChannelId, AccountId)>> {
    granted
        .iter()
        .map(|granted| {
            let id = (granted.channel.clone(), granted.account.clone());
            let known = config.accounts.get(&id)?;
            (known.mode == granted.mode).then_some(id)
        })
        .collect()
}

impl Listing {
    fn of(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let metadata = fs::metadata(&path)?;
                files.push((path, metadata.modified().ok(), metadata.len()));
            }
        }
        files.sort();
        Ok(Self(files))
    }
}
