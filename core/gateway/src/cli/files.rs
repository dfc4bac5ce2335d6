//! Commands that make files and end, and how a file is made.

use companion_crypto::random::SystemRandom;
use companion_gateway::{Config, Keys, Proof};
use std::{error::Error, fs, io, path::Path};

/// Makes the keys and prints their public halves.
pub(crate) fn init(config: &Config) -> Result<(), Box<dyn Error>> {
    let keys = if config.keys.exists() {
        Keys::load(config)?
    } else if let Some(poster) = &config.poster_keys {
        Keys::create_apart(&config.keys, poster, &SystemRandom)?
    } else {
        Keys::create(&config.keys, &SystemRandom)?
    };
    println!("{}", serde_json::to_string_pretty(&keys.public())?);
    Ok(())
}

/// Writes checkpoints and writers into the folder `out`.
pub(crate) fn export(config: &Config, out: &Path) -> Result<(), Box<dyn Error>> {
    let proof = Proof::read(config)?;
    // A JSON text has line breaks between its words only, where a space says the same.
    let lines = proof.checkpoints.iter();
    let lines: String = lines
        .map(|checkpoint| checkpoint.replace(['\r', '\n'], " ") + "\n")
        .collect();
    write_whole(&out.join("checkpoints.jsonl"), &lines)?;
    let writers = serde_json::to_string_pretty(&proof.writers)?;
    write_whole(&out.join("writers.json"), &writers)?;
    Ok(())
}

/// Readers see the whole file or none.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, text)?;
    fs::rename(part, path)
}
