//! What anyone needs to check a mirror without this gateway: signed checkpoints, and the keys that sign them.

use crate::{
    config::Config,
    store::{self, StoreError},
};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files cannot be written.
    #[error("export: {0}")]
    File(#[from] io::Error),
}

/// Writes `checkpoints.jsonl`, every checkpoint as it was signed, by writer and number, and `writers.json`, the public
/// device key (JWK) of each enrolment there ever was, into the folder `out`. It only reads the database, so it may work
/// beside a running gateway.
///
/// # Errors
/// [`ExportError`] if the database cannot be read or the files cannot be written.
pub fn export(config: &Config, out: &Path) -> Result<(), ExportError> {
    let store = store::open_to_read(&config.database)?;
    // In this order, since an enrolment is entered before its first checkpoint.
    let checkpoints = store::checkpoints(&store)?;
    let writers = store::device_keys(&store)?;
    write_whole(&out.join("checkpoints.jsonl"), |file| {
        // A JSON text has line breaks between its words only, where a space says the same.
        let lines = checkpoints.iter().map(|one| one.replace(['\r', '\n'], " "));
        lines.map(|line| writeln!(file, "{line}")).collect()
    })?;
    write_whole(&out.join("writers.json"), |file| {
        Ok(serde_json::to_writer_pretty(file, &writers)?)
    })?;
    Ok(())
}

/// Readers see the whole file or none.
fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = BufWriter::new(File::create(&part)?);
    write(&mut file)?;
    file.into_inner()?.sync_all()?;
    fs::rename(part, path)
}
