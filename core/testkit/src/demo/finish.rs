//! The proof at the end: what the CRM holds, that it is whole, and where the private chat is not.

use super::stage::{Stage, each, text};
use crate::{phone::Command, world::Failure};
use companion_domain::record::Envelope;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, process::Command as Program};

/// Shows what the CRM holds, lets it be verified and compares it with the employee's ledger; answers how many records.
pub(super) async fn proof(stage: &mut Stage, folder: &Path) -> Result<usize, Failure> {
    put_away(stage).await?;
    if !stage.world.target_is_ours() {
        stage.teller.step("The receiver has it");
        return ledger(stage).await;
    }
    let held = stage.world.target_holds().await?;
    show_records(stage, &held);
    verify(stage, folder, &held)?;
    let entries = ledger(stage).await?;
    if entries == held.len() {
        Ok(entries)
    } else {
        Err(format!(
            "the ledger has {entries} lines, the CRM {} records",
            held.len()
        )
        .into())
    }
}

/// The last line.
pub(super) fn end(stage: &Stage, held: usize, more: &str, folder: &Path, keep: bool) {
    let kept = if keep {
        format!(" Everything is kept in {}.", folder.display())
    } else {
        String::new()
    };
    stage.teller.end(&format!(
        "{held} records, once each, in order, proven{more}.{kept}"
    ));
}

/// The employee puts the phone away and takes it out again: that is when the core signs what it recorded.
pub(super) async fn put_away(stage: &mut Stage) -> Result<(), Failure> {
    let phone = &mut stage.world.phone;
    phone
        .ask::<Value>(&Command::Background { on: false })
        .await?;
    phone.ask::<Value>(&Command::Suspend).await?;
    phone.ask::<Value>(&Command::Resume).await?;
    let quiet = |report: &Value| {
        let number = |name: &str| report.get(name).and_then(Value::as_u64);
        number("checkpoints") == Some(0) && number("received") == Some(0)
    };
    stage
        .until_synced("the gateway took the checkpoint", quiet)
        .await
}

fn show_records(stage: &mut Stage, held: &[Envelope]) {
    stage.teller.step("What the CRM holds");
    let names: BTreeMap<String, String> = stage
        .work
        .iter()
        .map(|(name, key)| (key.as_str().to_owned(), name.clone()))
        .collect();
    for (conversation, name) in &names {
        for envelope in held
            .iter()
            .filter(|one| one.subject.as_str() == conversation)
        {
            let record = &envelope.data.record;
            let what = match (
                &record.text,
                record.details.get("emoji").or(record.details.get("state")),
            ) {
                (Some(text), _) => text.clone(),
                (None, Some(word)) => word.as_str().unwrap_or_default().to_owned(),
                (None, None) => record.content.clone().unwrap_or_default(),
            };
            let line = format!(
                "{name} {:>2}  {:<8} {:<8} {:<9} {what}",
                record.conversation_seq, record.kind, record.change, record.direction
            );
            stage.teller.said("CRM", line.trim_end());
        }
    }
}

/// Writes down what anyone needs for a check of their own, and lets `companionctl` check it.
fn verify(stage: &mut Stage, folder: &Path, held: &[Envelope]) -> Result<(), Failure> {
    stage.teller.step("The mirror proves itself");
    let mut lines = String::new();
    for envelope in held {
        lines.push_str(&serde_json::to_string(envelope)?);
        lines.push('\n');
    }
    fs::write(folder.join("records.jsonl"), lines)?;
    let programs = std::env::current_exe()?;
    let gateway = Program::new(programs.with_file_name("companion-gateway"))
        .arg("export")
        .arg("--config")
        .arg(folder.join("gateway/gateway.toml"))
        .arg("--out")
        .arg(folder)
        .output()?;
    if !gateway.status.success() {
        return Err("the gateway did not export its checkpoints".into());
    }
    let output = Program::new(programs.with_file_name("companionctl"))
        .args(["mirror", "verify", "--records"])
        .arg(folder.join("records.jsonl"))
        .arg("--checkpoints")
        .arg(folder.join("checkpoints.jsonl"))
        .arg("--writers")
        .arg(folder.join("writers.json"))
        .output()?;
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
    let line = format!(
        "{} records proven by {} signed checkpoints; missing {}, changed {}, doubled {}, out of order {}",
        number("proven"),
        number("checkpoints"),
        each(report.get("missing").unwrap_or(&Value::Null)).count(),
        each(report.get("changed").unwrap_or(&Value::Null)).count(),
        each(report.get("doubled").unwrap_or(&Value::Null)).count(),
        each(report.get("out_of_order").unwrap_or(&Value::Null)).count(),
    );
    stage.teller.said("verify", &line);
    if output.status.success() && number("proven") > 0 {
        Ok(())
    } else {
        Err(format!("the mirror is not whole: {report}").into())
    }
}

/// Shows what left the phone, by kind; answers how many records.
async fn ledger(stage: &mut Stage) -> Result<usize, Failure> {
    stage.teller.step("The employee sees the same");
    let ledger: Value = stage.world.phone.ask(&Command::Ledger).await?;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for entry in each(&ledger) {
        *kinds.entry(text(entry, "what").to_owned()).or_default() += 1;
    }
    for (what, count) in &kinds {
        stage.teller.said("ledger", &format!("{count:>3} × {what}"));
    }
    Ok(each(&ledger).count())
}
