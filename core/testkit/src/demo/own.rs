//! The user's own material: webhook bodies from a folder, through the same processes.

use super::{
    finish, now, product,
    stage::{Stage, each, text},
    story::nothing_under_way,
};
use crate::{
    channel::whatsapp::{Disorder, Number, signature},
    clock::Pace,
    network,
    phone::Command,
    world::{APP_SECRET, Failure, GatewayProgram, Options, Target, fresh_enrolment},
};
use companion_adapters::{
    channel::whatsapp::inbound,
    http::{Attempt, Method, Request},
};
use companion_domain::time::Timestamp;
use companion_engine::values::{BindTo, ConversationRef};
use serde_json::Value;
use std::{collections::BTreeSet, fs, io::Write, path::Path};

pub(super) async fn tell(
    payloads: &Path,
    target: Target,
    folder: &Path,
    keep: bool,
) -> Result<(), Failure> {
    let now = now()?;
    let bodies = read_all(payloads)?;
    let account = account_of(&bodies, now)?;
    let options = Options {
        folder: folder.to_owned(),
        target,
        pace: Pace::starting(now, 1),
        number: Number {
            waba_id: String::new(),
            phone_number_id: account.clone(),
            phone: String::new(),
        },
        disorder: Disorder::default(),
        gateway: GatewayProgram::Product(product()?),
        enrolment: fresh_enrolment(),
    };
    let mut stage = Stage::set(options).await?;
    stage.teller.step(&format!(
        "Your {} bodies are delivered to account {account}",
        bodies.len()
    ));
    stage.accept().await?;
    deliver(&mut stage, &bodies, &folder.join("hooks.jsonl")).await?;
    let nothing = |report: &Value| report.get("received").and_then(Value::as_u64) == Some(0);
    stage
        .until_synced("everything was received", nothing)
        .await?;
    bind_all(&mut stage).await?;
    stage
        .world
        .phone
        .ask::<Value>(&Command::Background { on: true })
        .await?;
    stage
        .until("the CRM confirmed all", Command::State, nothing_under_way)
        .await?;
    stage.show_inbox().await?;
    let held = finish::proof(&mut stage, folder).await?;
    finish::end(&stage, held, "", folder, keep);
    stage.world.stop().await;
    Ok(())
}

/// The files of a folder in the order of their names.
fn read_all(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut bodies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            bodies.push((name, fs::read(&path)?));
        }
    }
    bodies.sort();
    Ok(bodies)
}

/// The one number that the bodies speak of: a phone of this demonstration has one.
fn account_of(bodies: &[(String, Vec<u8>)], now: Timestamp) -> Result<String, Failure> {
    let mut accounts = BTreeSet::new();
    for (name, body) in bodies {
        let payload = inbound::read(body, now);
        let payload = payload.map_err(|error| format!("{name}: {error}"))?;
        accounts.extend(payload.scope.phone_number_ids);
    }
    match accounts.len() {
        1 => accounts.pop_first().ok_or_else(|| "no account".into()),
        count => Err(format!("the bodies speak of {count} phone_number_ids; one is needed").into()),
    }
}

/// Delivers the bodies, signed, and keeps what was delivered in `log`, one body a line.
async fn deliver(
    stage: &mut Stage,
    bodies: &[(String, Vec<u8>)],
    log: &Path,
) -> Result<(), Failure> {
    let client = network::client()?;
    let mut log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    for (name, body) in bodies {
        let request = Request {
            method: Method::Post,
            url: stage.world.hook.clone(),
            headers: vec![(
                inbound::SIGNATURE_HEADER.into(),
                signature(APP_SECRET, body),
            )],
            body: body.clone(),
        };
        match network::send(&client, request).await {
            Attempt::Answered(answer) if answer.status == 200 => {
                stage.teller.said("gateway", &format!("took {name}"));
                let line: Value = serde_json::from_slice(body)?;
                writeln!(log, "{line}")?;
            }
            attempt => return Err(format!("{name}: the gateway answers {attempt:?}").into()),
        }
    }
    Ok(())
}

/// The employee makes every chat of the bodies work.
async fn bind_all(stage: &mut Stage) -> Result<(), Failure> {
    let undecided: Value = stage.world.phone.ask(&Command::Undecided).await?;
    for chat in each(&undecided) {
        let conversation = chat.get("conversation").cloned().unwrap_or_default();
        let conversation: ConversationRef = serde_json::from_value(conversation)?;
        let bind = Command::Bind {
            conversation,
            to: BindTo::Work,
        };
        let items: u64 = stage.world.phone.ask(&bind).await?;
        stage.teller.said(
            "bound",
            &format!("{}: {items} items released", text(chat, "name")),
        );
    }
    if each(&undecided).count() == 0 {
        return Err("nothing in the bodies belongs to a chat".into());
    }
    Ok(())
}
