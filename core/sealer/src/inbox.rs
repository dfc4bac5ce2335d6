//! The app's side of the folder: what waits, in the order of arrival; removing what was taken in; setting aside what does not
//! open.

use crate::{error::SealerError, extension::sync_folder, name::Name, sealer::MOST_BYTES};
use companion_domain::time::Timestamp;
use std::{
    ffi::OsStr,
    fs::{self, DirEntry, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

const FOLDER: &str = "inbox";
pub(crate) const TEMPORARY: &str = "tmp";
const REFUSED: &str = "refused";
/// How many refused files are kept for whoever looks into what is wrong.
const MOST_REFUSED: usize = 16;
/// After how long a file that was never renamed belongs to a process that died.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// Where items lie.
pub(crate) fn folder(shared: &Path) -> PathBuf {
    shared.join(FOLDER)
}

/// What lies there, as far as the next append must know.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) items: usize,
    pub(crate) bytes: u64,
    pub(crate) last: Option<Name>,
}

pub(crate) fn held(shared: &Path) -> Result<Held, SealerError> {
    let mut held = Held::default();
    for entry in entries(shared)? {
        let path = entry.path();
        if extension(&path) == Some(REFUSED) {
            continue;
        }
        // What goes while it is looked at does not count.
        let Ok(facts) = entry.metadata() else {
            continue;
        };
        held.items += 1;
        held.bytes += facts.len();
        held.last = held.last.max(name(&entry));
    }
    Ok(held)
}

/// The items that wait, in the order of arrival.
///
/// # Errors
/// Those of the file system.
pub fn waiting(shared: &Path) -> Result<Vec<Name>, SealerError> {
    let is_file = |entry: &&DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    let entries = entries(shared)?;
    let mut names: Vec<_> = entries.iter().filter(is_file).filter_map(name).collect();
    names.sort_unstable();
    Ok(names)
}

/// The bytes of an item; `None` if it has more than all items may have together.
///
/// # Errors
/// Those of the file system.
pub fn read(shared: &Path, name: &Name) -> Result<Option<Vec<u8>>, SealerError> {
    let mut bytes = Vec::new();
    File::open(path(shared, name))
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| SealerError::of("item", &error))?;
    Ok((bytes.len() as u64 <= MOST_BYTES).then_some(bytes))
}

/// Removes items for good. Some may be gone already.
///
/// # Errors
/// Those of the file system.
pub fn remove(shared: &Path, names: &[Name]) -> Result<(), SealerError> {
    let failed = |error: io::Error| SealerError::of("item", &error);
    for name in names {
        gone(fs::remove_file(path(shared, name))).map_err(failed)?;
    }
    sync_folder(&folder(shared)).map_err(failed)
}

/// Sets an item aside, so that it blocks nothing behind it. The oldest ones set aside make room.
///
/// # Errors
/// Those of the file system.
pub fn refuse(shared: &Path, name: &Name) -> Result<(), SealerError> {
    let failed = |error: io::Error| SealerError::of("refused", &error);
    let from = path(shared, name);
    gone(fs::rename(&from, from.with_extension(REFUSED))).map_err(failed)?;
    let entries = entries(shared)?.into_iter().map(|entry| entry.path());
    let mut aside: Vec<_> = entries
        .filter(|path| extension(path) == Some(REFUSED))
        .collect();
    aside.sort();
    let many = aside.len().saturating_sub(MOST_REFUSED);
    for path in aside.iter().take(many) {
        gone(fs::remove_file(path)).map_err(failed)?;
    }
    sync_folder(&folder(shared)).map_err(failed)
}

/// Removes what processes left behind that died while they wrote.
///
/// # Errors
/// Those of the file system.
pub fn clear_leftovers(shared: &Path, now: Timestamp) -> Result<(), SealerError> {
    for entry in entries(shared)? {
        let path = entry.path();
        if extension(&path) != Some(TEMPORARY) {
            continue;
        }
        let meant = path.with_extension("sealed");
        let meant = meant.file_name().and_then(OsStr::to_str);
        let made: Option<Name> = meant.and_then(|name| name.parse().ok());
        if made.is_none_or(|name| now.since(name.at()) > LEFT_OVER) {
            gone(fs::remove_file(path)).map_err(|error| SealerError::of("leftover", &error))?;
        }
    }
    Ok(())
}

fn entries(shared: &Path) -> Result<Vec<DirEntry>, SealerError> {
    fs::read_dir(folder(shared))
        .and_then(Iterator::collect)
        .map_err(|error| SealerError::of("folder", &error))
}

fn path(shared: &Path, name: &Name) -> PathBuf {
    folder(shared).join(name.to_string())
}

fn name(entry: &DirEntry) -> Option<Name> {
    entry.file_name().to_str()?.parse().ok()
}

fn extension(path: &Path) -> Option<&str> {
    path.extension().and_then(OsStr::to_str)
}

/// What is not there any more is as it was to be.
fn gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
