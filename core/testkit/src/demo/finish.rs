//! The proof at the end: what the CRM holds, that it is whole, and where the private chat is not.

use super::story::{Story, each, text};
use crate::{phone::Command, scan, world::Failure};
use companion_domain::record::Envelope;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, process::Command as Program};

/// What may hold private text: what was delivered to the gateway's door, as the outside world sent it.
const OUTSIDE: &[&str] = &["hooks.jsonl"];

pub(super) async fn proof(story: &mut Story, folder: &Path, keep: bool) -> Result<(), Failure> {
    put_away(story).await?;
    let held = story.world.target_holds().await?;
    show_records(story, &held);
    verify(story, folder, &held)?;
    ledger(story, held.len()).await?;
    nowhere(story, folder)?;
    let kept = if keep {
        format!(" Everything is kept in {}.", folder.display())
    } else {
        String::new()
    };
    story.teller.end(&format!(
        "{} records, once each, in order, proven; the private chat nowhere.{kept}",
        held.len()
    ));
    Ok(())
}

/// The employee puts the phone away and takes it out again: that is when the core signs what it recorded.
async fn put_away(story: &mut Story) -> Result<(), Failure> {
    let phone = &mut story.world.phone;
    phone.ask::<Value>(&Command::Background { on: false }).await?;
    phone.ask::<Value>(&Command::Suspend).await?;
    phone.ask::<Value>(&Command::Resume).await?;
    let signed = |report: &Value| report.get("checkpoints").and_then(Value::as_u64) == Some(1);
    story
        .until_synced("the gateway took the checkpoint", signed)
        .await
}

fn show_records(story: &mut Story, held: &[Envelope]) {
    story.teller.step("What the CRM holds");
    let names: BTreeMap<String, String> = story
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
            story.teller.said("CRM", line.trim_end());
        }
    }
}

/// Writes down what anyone needs for a check of their own, and lets `companionctl` check it.
fn verify(story: &mut Story, folder: &Path, held: &[Envelope]) -> Result<(), Failure> {
    story.teller.step("The mirror proves itself");
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
    story.teller.said("verify", &line);
    if output.status.success() && number("proven") > 0 {
        Ok(())
    } else {
        Err(format!("the mirror is not whole: {report}").into())
    }
}

async fn ledger(story: &mut Story, held: usize) -> Result<(), Failure> {
    story.teller.step("The employee sees the same");
    let ledger: Value = story.world.phone.ask(&Command::Ledger).await?;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for entry in each(&ledger) {
        *kinds.entry(text(entry, "what").to_owned()).or_default() += 1;
    }
    for (what, count) in &kinds {
        story.teller.said("ledger", &format!("{count:>3} × {what}"));
    }
    let entries = each(&ledger).count();
    if entries == held {
        Ok(())
    } else {
        Err(format!("the ledger has {entries} lines, the CRM {held} records").into())
    }
}

/// The scan must first find what the company may hold, or its silence would prove nothing.
fn nowhere(story: &mut Story, folder: &Path) -> Result<(), Failure> {
    story.teller.step("The private chat is nowhere");
    let replies = story.day.replies();
    let seen = scan::files_holding(folder, &replies, OUTSIDE)?;
    if seen.is_empty() {
        return Err("the scan does not even find what the CRM holds".into());
    }
    story.teller.said(
        "scan",
        &format!("finds the work answers in {}", seen.join(", ")),
    );
    let mut words = story.day.private.clone();
    words.push(story.day.friend.name.clone());
    let leaks = scan::files_holding(folder, &words, OUTSIDE)?;
    if leaks.is_empty() {
        story.teller.said(
            "scan",
            "finds nothing of the private chat in any file of gateway, phone, CRM or log",
        );
        Ok(())
    } else {
        Err(format!("private words are in {}", leaks.join(", ")).into())
    }
}
