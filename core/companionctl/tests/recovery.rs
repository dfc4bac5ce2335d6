//! `companionctl recovery answer` as a help desk runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use companion_crypto::{
    hpke::KeyPair,
    random::SystemRandom,
    recovery::{About, Request, seal_secret},
    secret::Key,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

const TENANT: &str = "acme";
const ABOUT: About<'_> = About {
    tenant: TENANT,
    enrolment: "7f3c1f0e-9b1d-4c55-8a53-2f6f0c1d9e11",
    slot: "abcdefgh234567ab",
};

struct Desk {
    folder: TempDir,
    request: Request,
    phone: KeyPair,
}

impl Desk {
    /// A help desk with a key, and a phone that asks it for the secret `[3; 32]`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let company = KeyPair::derive(&Key::new([1; 32]));
        fs::write(
            folder.path().join("key"),
            BASE64URL_NOPAD.encode(&[1; 32]) + "\n",
        )
        .unwrap();
        fs::write(
            folder.path().join("other"),
            BASE64URL_NOPAD.encode(&[2; 32]),
        )
        .unwrap();
        fs::write(folder.path().join("short"), "AAAA").unwrap();
        let phone = KeyPair::derive(&Key::new([9; 32]));
        let r = seal_secret(&SystemRandom, &company.public(), &ABOUT, &Key::new([3; 32])).unwrap();
        let request = Request::new(
            &SystemRandom,
            ABOUT.enrolment,
            ABOUT.slot,
            &r,
            phone.public(),
        );
        Self {
            folder,
            request,
            phone,
        }
    }

    fn answer(&self, tenant: &str, key: &str, code: &str, request: &str) -> Output {
        let mut running = Command::new(env!("CARGO_BIN_EXE_companionctl"))
            .args([
                "recovery", "answer", "--tenant", tenant, "--code", code, "--key",
            ])
            .arg(self.folder.path().join(key))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who refuses the key does not read the request.
        drop(running.stdin.take().unwrap().write_all(request.as_bytes()));
        running.wait_with_output().unwrap()
    }
}

#[test]
fn the_answer_opens_on_the_phone_that_asked() {
    let desk = Desk::new();
    let (text, code) = (desk.request.text().unwrap(), desk.request.code().unwrap());
    let (first, second) = code.split_at(8);
    let spoken = format!("{} {second}", first.to_uppercase());
    let answered = desk.answer(TENANT, "key", &spoken, &format!("{text}\n"));
    assert!(answered.status.success());
    let answer: Value = serde_json::from_slice(&answered.stdout).unwrap();
    assert_eq!(answer["enrolment_id"], ABOUT.enrolment);
    let sealed = BASE64URL_NOPAD
        .decode(answer["answer"].as_str().unwrap().as_bytes())
        .unwrap();
    let r = desk.request.open(&desk.phone, TENANT, &sealed).unwrap();
    assert_eq!(r.expose(), &[3; 32]);
}

#[test]
fn a_wrong_code_key_company_or_request_is_refused_and_nothing_is_quoted() {
    let desk = Desk::new();
    let (text, code) = (desk.request.text().unwrap(), desk.request.code().unwrap());
    for (tenant, key, code, request, said) in [
        (
            TENANT,
            "key",
            "abcdefgh234567ab",
            text.as_str(),
            "the code is another",
        ),
        (TENANT, "other", &code, &text, "cannot answer"),
        ("other", "key", &code, &text, "cannot answer"),
        (TENANT, "short", &code, &text, "not 32 bytes"),
        (TENANT, "missing", &code, &text, "cannot be read"),
        (TENANT, "key", &code, "{\"v\":1}", "not a request"),
    ] {
        let refused = desk.answer(tenant, key, code, request);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(refused.stdout.is_empty());
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains(said), "{error}");
        assert!(
            !error.contains(&BASE64URL_NOPAD.encode(&[1; 32])),
            "{error}"
        );
    }
}
