//! Small files that are replaced as a whole.

use crate::{
    error::{At, VaultError},
    fault,
};
use companion_domain::fault::FaultPoints;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// The file's bytes; `None` if it is not there.
pub(crate) fn read(path: &Path, place: &'static str) -> Result<Option<Vec<u8>>, VaultError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).at(place),
    }
}

/// Replaces the file: after a crash it holds either the old bytes or the new ones, and after the return the new ones.
pub(crate) fn replace(
    path: &Path,
    bytes: &[u8],
    place: &'static str,
    faults: &FaultPoints,
) -> Result<(), VaultError> {
    let new = path.with_extension("new");
    write_synced(&new, bytes).at(place)?;
    faults.reach(fault::FILE_WRITTEN);
    fs::rename(&new, path).at(place)?;
    faults.reach(fault::FILE_RENAMED);
    sync_folder(path).at(place)?;
    faults.reach(fault::FILE_SYNCED);
    Ok(())
}

/// Makes the file's name durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
