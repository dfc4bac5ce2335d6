//! `mirror verify`: whether what a target holds is all that was recorded, unchanged and in order.

mod verify;

use clap::Subcommand;
use companion_crypto::sign::VerifyingKey;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::PathBuf, process::ExitCode};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Checks a target's records against the signed checkpoints; exits 1 if anything is wrong and names it.
    Verify(VerifyArguments),
}

#[derive(clap::Args)]
pub(crate) struct VerifyArguments {
    /// What the target holds, in the order in which it arrived: one envelope a line.
    #[arg(long, value_name = "FILE")]
    records: PathBuf,
    /// The signed checkpoints, one a line.
    #[arg(long, value_name = "FILE")]
    checkpoints: PathBuf,
    /// The writers' public keys: a JSON object of writer id and JWK.
    #[arg(long, value_name = "FILE")]
    writers: PathBuf,
}

/// Why the question could not be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    #[error("{}: cannot be read", .0.display())]
    Unreadable(PathBuf),
    #[error("{}: line {line} is no JSON", .file.display())]
    Line { file: PathBuf, line: usize },
    #[error("{}: no JSON object of JWKs", .0.display())]
    Writers(PathBuf),
}

pub(crate) fn run(command: &Command) -> Result<(Value, ExitCode), MirrorError> {
    let Command::Verify(files) = command;
    let records = lines(&files.records)?;
    let records: Result<Vec<Value>, _> = records
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let error = || MirrorError::Line {
                file: files.records.clone(),
                line: at + 1,
            };
            serde_json::from_str(line).map_err(|_| error())
        })
        .collect();
    let writers: BTreeMap<String, VerifyingKey> = serde_json::from_str(&read(&files.writers)?)
        .map_err(|_| MirrorError::Writers(files.writers.clone()))?;
    let report = verify::verify(&records?, &lines(&files.checkpoints)?, &writers);
    let code = if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    Ok((serde_json::json!(report), code))
}

fn lines(path: &PathBuf) -> Result<Vec<String>, MirrorError> {
    let text = read(path)?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect())
}

fn read(path: &PathBuf) -> Result<String, MirrorError> {
    fs::read_to_string(path).map_err(|_| MirrorError::Unreadable(path.clone()))
}
