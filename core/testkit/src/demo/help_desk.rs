//! The company's help desk, which has a key file and `companionctl`.

use super::stage::text;
use crate::{tenant::Tenant, world::Failure};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Answers a phone's recovery request, whose code the employee read out.
pub(super) fn answer(folder: &Path, request: &str, code: &str) -> Result<String, Failure> {
    let tenant: Tenant = serde_json::from_slice(&fs::read(folder.join("tenant.json"))?)?;
    let key = folder.join("recovery.key");
    fs::write(&key, tenant.recovery_file())?;
    let tool = std::env::current_exe()?.with_file_name("companionctl");
    let mut running = Command::new(tool)
        .args(["recovery", "answer", "--code", code, "--tenant"])
        .arg(tenant.tenant.as_str())
        .arg("--key")
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = running.stdin.take() {
        stdin.write_all(request.as_bytes())?;
    }
    let output = running.wait_with_output()?;
    if !output.status.success() {
        return Err("the help desk gave no answer".into());
    }
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    Ok(text(&answer, "answer").to_owned())
}
