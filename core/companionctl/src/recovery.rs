//! `companionctl recovery answer`: the help desk's side of a phone that does not open. It never sees the phone's key.

use clap::{Args, Subcommand};
use companion_crypto::{
    CryptoError, hpke::KeyPair, random::SystemRandom, recovery::Request, secret::Key,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// What the help desk does.
#[derive(Subcommand)]
pub enum Command {
    /// Answers a phone's request, read from a file or from standard input.
    Answer(Arguments),
}

/// Whom to answer, and with what.
#[derive(Args)]
pub struct Arguments {
    /// The company, as its grants name it.
    #[arg(long)]
    tenant: String,
    /// The file with the company's recovery key: the 32 bytes from which its pair is derived, in base64url.
    #[arg(long)]
    key: PathBuf,
    /// The code that the employee reads from the phone: 16 characters, case and spaces do not count. Ask whom you know.
    #[arg(long)]
    code: String,
    /// The request; standard input if it is not given.
    request: Option<PathBuf>,
}

/// Why there is no answer. Nothing of a file is quoted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, io::ErrorKind),
    /// The key's file does not hold a key.
    #[error("the key is not 32 bytes in base64url")]
    Key,
    /// The request is none.
    #[error("this is not a request: {0}")]
    Request(CryptoError),
    /// The employee reads another code.
    #[error(
        "the code is another: somebody changed the request, or it is somebody else's. Do not answer it"
    )]
    Code,
    /// It does not belong to this key or company.
    #[error("this key and company cannot answer the request: {0}")]
    Refused(CryptoError),
}

/// Answers, if the code is the request's.
pub fn run(command: &Command) -> Result<Value, Error> {
    let Command::Answer(arguments) = command;
    let pair = key(&arguments.key)?;
    let text = match &arguments.request {
        Some(path) => read(path)?,
        None => {
            let mut text = String::new();
            let read = io::stdin().read_to_string(&mut text);
            read.map_err(|error| Error::Unreadable("standard input".into(), error.kind()))?;
            text
        }
    };
    let request = Request::parse(text.trim()).map_err(Error::Request)?;
    let code = request.code().map_err(Error::Request)?;
    if plain(&code) != plain(&arguments.code) {
        return Err(Error::Code);
    }
    let answer = request.answer(&SystemRandom, &pair, &arguments.tenant);
    let answer = answer.map_err(Error::Refused)?;
    Ok(json!({
        "enrolment_id": request.enrolment_id,
        "answer": BASE64URL_NOPAD.encode(&answer),
    }))
}

fn plain(code: &str) -> String {
    let kept = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    kept.flat_map(char::to_lowercase).collect()
}

fn key(path: &Path) -> Result<KeyPair, Error> {
    let text = read(path)?;
    let bytes = BASE64URL_NOPAD.decode(text.trim().as_bytes());
    let bytes: [u8; 32] = bytes
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Error::Key)?;
    Ok(KeyPair::derive(&Key::new(bytes)))
}

fn read(path: &Path) -> Result<String, Error> {
    let failed = |error: io::Error| Error::Unreadable(path.display().to_string(), error.kind());
    fs::read_to_string(path).map_err(failed)
}
