//! The inbox on its way into the vault: open and verify each item, commit a page with its cursor, then acknowledge.

use super::{ingest, outcome, sync::Run};
use crate::{
    error::CompanionError,
    gateway::{Rejected, SyncItem, SyncPage},
    session::Session,
    store::{Cursor, control, load, save},
    values::{ChangeHint, IngestReport},
};
use companion_adapters::channel::whatsapp;
use companion_crypto::{document, hpke, keyset::Role};
use companion_domain::{event::ChannelEvent, time::Timestamp};
use companion_vault::{VaultError, Write};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use std::time::Duration;

/// The signed form of an item (formats.md 9).
#[derive(Deserialize)]
struct Item {
    aud: String,
    inbox: String,
    seq: u64,
    id: String,
    kind: String,
    channel: Option<String>,
    #[serde(default, with = "companion_domain::bytes::base64url")]
    raw: Vec<u8>,
}

/// What an item holds, once it is opened.
enum Opened {
    Events(Vec<ChannelEvent>),
    Outcome(outcome::OutcomeItem),
    /// A tombstone or an overflow marker: the gateway declares what it no longer has.
    Lost,
}

/// Reads pages until the inbox is empty or the deadline comes. Only the first request may wait for news.
pub(crate) async fn all(run: &mut Run<'_>, wait: Duration) -> Result<(), CompanionError> {
    let mut wait = wait;
    while !run.late() {
        let cursor: Cursor = run
            .session
            .vault
            .read(|read| load(read, control::CURSOR))?
            .unwrap_or_default();
        let page = page(run, &cursor, wait).await?;
        wait = Duration::ZERO;
        let more = page.more;
        // A new inbox id means that the gateway's store began anew: its numbers do, too.
        let after = if page.inbox == cursor.inbox {
            cursor.seq
        } else {
            0
        };
        if page.items.is_empty() {
            return Ok(());
        }
        let (next, rejected) = commit(run, page, after).await?;
        run.home.surroundings.faults.reach("engine.pull.committed");
        let token = run.token().await?;
        let acked = run
            .gateway()
            .ack(&token, &next.inbox, next.seq, &rejected)
            .await;
        if let Err(blocked) = acked {
            run.refused(&blocked);
            return Err(blocked.into());
        }
        run.home
            .surroundings
            .faults
            .reach("engine.pull.acknowledged");
        if !more {
            return Ok(());
        }
    }
    Ok(())
}

async fn page(
    run: &mut Run<'_>,
    cursor: &Cursor,
    wait: Duration,
) -> Result<SyncPage, CompanionError> {
    let mut nonce = [0u8; 16];
    run.home.surroundings.random.fill(&mut nonce);
    let nonce = BASE64URL_NOPAD.encode(&nonce);
    let token = run.token().await?;
    let page = run
        .gateway()
        .sync(&token, &cursor.inbox, cursor.seq, &nonce, wait)
        .await;
    page.map_err(|blocked| {
        run.refused(&blocked);
        blocked.into()
    })
}

/// Commits a page and its cursor in one transaction. An item that cannot be opened is named to the gateway and blocks
/// nothing behind it.
async fn commit(
    run: &mut Run<'_>,
    page: SyncPage,
    after: u64,
) -> Result<(Cursor, Vec<Rejected>), CompanionError> {
    let now = run.now();
    let mut opened = Vec::new();
    let mut rejected = Vec::new();
    let mut seq = after;
    for item in page.items.iter().filter(|item| item.seq > after) {
        // A hole would mean that something was skipped: what lies behind it is asked for again.
        if item.seq != seq + 1 {
            break;
        }
        seq = item.seq;
        match open(run.session, &page.inbox, item, now) {
            Ok(content) => opened.push(content),
            Err(reason) => {
                tracing::warn!(seq, reason, "an inbox item was refused");
                rejected.push(Rejected { seq, reason });
            }
        }
    }
    let cursor = Cursor {
        inbox: page.inbox,
        seq,
    };
    let rules = run.session.rules.clone();
    let saved = cursor.clone();
    let count = opened.len() as u64;
    let job = move |write: &mut Write<'_>| {
        let mut report = IngestReport::default();
        for content in &opened {
            take(write, &rules, content, now, &mut report)?;
        }
        save(write, control::CURSOR, &saved)?;
        Ok(report)
    };
    let report = run.session.vault.write(job).await?;
    run.report.received += count;
    if report.work > 0 {
        run.hint(ChangeHint::Inbox);
    }
    if report.undecided > 0 {
        run.hint(ChangeHint::Undecided);
    }
    Ok((cursor, rejected))
}

fn take(
    write: &mut Write<'_>,
    rules: &crate::rules::Rules,
    content: &Opened,
    now: Timestamp,
    report: &mut IngestReport,
) -> Result<(), VaultError> {
    match content {
        Opened::Events(events) => {
            for event in events {
                ingest::take(write, rules, event, now, report)?;
            }
            Ok(())
        }
        Opened::Outcome(item) => outcome::take(write, rules, item, now),
        Opened::Lost => {
            report.ignored += 1;
            Ok(())
        }
    }
}

/// Opens one item: unseal, verify the ingress signature, check that it is this one, read what it holds.
fn open(
    session: &Session,
    inbox: &str,
    item: &SyncItem,
    now: Timestamp,
) -> Result<Opened, &'static str> {
    let keys = session.keys.keys_of(Role::Ingress, now.seconds());
    let Some(sealed) = &item.sealed else {
        let tombstone = item.tombstone.as_deref().ok_or("item.empty")?;
        let signed: Item = document::verify(tombstone, "companion-item+jws", &keys)
            .and_then(|verified| verified.parse())
            .map_err(|_| "item.signature")?;
        return check(session, inbox, item, &signed).map(|()| Opened::Lost);
    };
    let sealed = BASE64URL_NOPAD
        .decode(sealed.as_bytes())
        .map_err(|_| "item.encoding")?;
    let about = hpke::Envelope {
        purpose: hpke::Purpose::Inbox,
        tenant: session.grant.tenant.as_str(),
        enrolment: session.grant.enrolment_id.as_str(),
        item: item.id.as_bytes(),
    };
    let text = hpke::open_with(&session.inbox, &about, &sealed).map_err(|_| "item.seal")?;
    let text = String::from_utf8(text).map_err(|_| "item.encoding")?;
    let signed: Item = document::verify(&text, "companion-item+jws", &keys)
        .and_then(|verified| verified.parse())
        .map_err(|_| "item.signature")?;
    check(session, inbox, item, &signed)?;
    match signed.kind.as_str() {
        "event" => events(&signed, now).map(Opened::Events),
        "outcome" => serde_json::from_slice(&signed.raw)
            .map(Opened::Outcome)
            .map_err(|_| "item.outcome"),
        "overflow" => Ok(Opened::Lost),
        _ => Err("item.kind"),
    }
}

/// What stands in clear beside an item was only a hint; the signed values count.
fn check(
    session: &Session,
    inbox: &str,
    hint: &SyncItem,
    signed: &Item,
) -> Result<(), &'static str> {
    let same = signed.aud == session.grant.enrolment_id.as_str()
        && signed.inbox == inbox
        && signed.seq == hint.seq
        && signed.id == hint.id;
    if same { Ok(()) } else { Err("item.mismatch") }
}

fn events(item: &Item, now: Timestamp) -> Result<Vec<ChannelEvent>, &'static str> {
    match item.channel.as_deref() {
        Some("whatsapp") => whatsapp::inbound::read(&item.raw, now)
            .map(|payload| payload.events)
            .map_err(|_| "item.payload"),
        _ => Err("item.channel"),
    }
}
