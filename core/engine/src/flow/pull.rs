//! The inbox on its way into the vault: open and verify each item, commit a page with its cursor, then acknowledge.

use super::{
    ingest::{self, Intake},
    loss::{self, Loss},
    outcome,
    sync::Run,
};
use crate::{
    error::CompanionError,
    gateway::{Blocked, Rejected, SyncItem, SyncPage},
    rules::Rules,
    session::Session,
    store::{Cursor, control, load, save},
};
use companion_adapters::channel::whatsapp;
use companion_crypto::{document, hpke, keyset::Role, sign::VerifyingKey};
use companion_domain::{
    event::{ChannelEvent, EventBody},
    id::AccountId,
    time::Timestamp,
    watch::Moment,
};
use companion_vault::{VaultError, Write};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use std::time::Duration;

/// The signed form of an item or its tombstone (formats.md 9).
#[derive(Deserialize)]
struct Item {
    aud: String,
    inbox: String,
    seq: u64,
    id: String,
    kind: String,
    /// Of a tombstone: since when the item is gone, in seconds since 1970.
    nbf: Option<i64>,
    channel: Option<String>,
    account: Option<AccountId>,
    #[serde(default, with = "companion_domain::bytes::base64url")]
    raw: Vec<u8>,
}

/// What an item holds, once it is opened.
enum Opened {
    Events(Vec<ChannelEvent>),
    Outcome(outcome::OutcomeItem),
    /// The gateway declares what it no longer has.
    Lost(Loss),
}

/// Reads pages until the inbox is empty or the deadline comes. Only the first request may wait for news.
pub(crate) async fn all(run: &mut Run<'_>, wait: Duration) -> Result<(), CompanionError> {
    let (mut wait, mut more) = (wait, true);
    while !run.late() {
        let cursor: Cursor = run
            .session
            .vault
            .read(|read| load(read, control::CURSOR))?
            .unwrap_or_default();
        acknowledge(run, &cursor).await?;
        if !more {
            break;
        }
        let (nonce, asked) = (run.gateway.random_text(), run.keeper.moment(run.home));
        let page = run
            .gateway
            .sync(&cursor.inbox, cursor.seq, std::mem::take(&mut wait), &nonce)
            .await?;
        if let Some(time) = &page.time {
            renew(run, time, &nonce, asked);
        }
        if page.items.is_empty() {
            break;
        }
        more = commit(run, page, cursor).await?;
        run.home.surroundings.faults.reach("engine.pull.committed");
    }
    Ok(())
}

/// The gateway's time (formats.md 9).
#[derive(Deserialize)]
struct SignedTime {
    aud: String,
    time: Timestamp,
    nonce: String,
}

/// Renews the lease by the gateway's time, if it was signed over this very request. A lease is nothing that a page could
/// fail for.
fn renew(run: &mut Run<'_>, text: &str, nonce: &str, asked: Moment) {
    let signed = document::verify(text, "companion-time+jws", &ingress(run.session))
        .and_then(|verified| verified.parse::<SignedTime>());
    match signed {
        Ok(signed)
            if signed.nonce == nonce && signed.aud == run.session.grant.enrolment_id.as_str() =>
        {
            let heard = (asked, signed.time);
            run.renewed |= run.keeper.heard(run.home, run.session, heard, run.wish);
        }
        Ok(_) => tracing::warn!("the gateway's time belongs to another request"),
        Err(error) => tracing::warn!(%error, "the gateway's time is not signed by it"),
    }
}

/// Tells the gateway how far the inbox is committed here, unless it knows: what a kill or a dropped future left out is
/// made up for before anything else. A gateway that began anew says no and shows its new inbox on the next page.
async fn acknowledge(run: &mut Run<'_>, cursor: &Cursor) -> Result<(), CompanionError> {
    if cursor.seq == 0 || run.acknowledged.as_ref() == Some(cursor) {
        return Ok(());
    }
    let acked = run
        .gateway
        .ack(&cursor.inbox, cursor.seq, &cursor.rejected)
        .await;
    match acked {
        Ok(()) => *run.acknowledged = Some(cursor.clone()),
        Err(Blocked::Refused) => tracing::warn!("the gateway refused an acknowledgement"),
        Err(blocked) => return Err(blocked.into()),
    }
    run.home
        .surroundings
        .faults
        .reach("engine.pull.acknowledged");
    Ok(())
}

/// Commits a page and its cursor in one transaction. An item that cannot be opened is named to the gateway and blocks
/// nothing behind it; what it held and what the gateway lost are declared as a gap. Tells whether more is to be asked
/// for.
async fn commit(run: &mut Run<'_>, page: SyncPage, before: Cursor) -> Result<bool, CompanionError> {
    let now = run.now();
    // A new inbox id means that the gateway's store began anew: its numbers do, too.
    let same = page.inbox == before.inbox;
    let known = run.acknowledged.as_ref() == Some(&before);
    let mut cursor = Cursor {
        seq: if same { before.seq } else { 0 },
        rejected: before.rejected,
        complete_at: before.complete_at,
        inbox: page.inbox,
    };
    if known || !same {
        cursor.rejected.clear();
    }
    let after = cursor.seq;
    let (mut opened, mut more) = (Vec::new(), page.more);
    for item in page.items.iter().filter(|item| item.seq > after) {
        // A hole would mean that something was skipped: what lies behind it is asked for again.
        if item.seq != cursor.seq + 1 {
            more = true;
            break;
        }
        cursor.seq = item.seq;
        match open(run.session, &cursor.inbox, item, now) {
            Ok(content) => opened.push(content),
            Err(reason) => {
                tracing::warn!(seq = item.seq, reason, "an inbox item was refused");
                opened.push(Opened::Lost(Loss::at(now, reason)));
                cursor.rejected.push(Rejected {
                    seq: item.seq,
                    reason: reason.to_owned(),
                });
            }
        }
    }
    if cursor.seq == after {
        tracing::warn!("a page of the inbox brings nothing that comes next");
        return Err(Blocked::Unreadable.into());
    }
    let since = cursor.complete_at;
    if !more {
        cursor.complete_at = Some(now);
    }
    let rules = run.session.rules.clone();
    let count = opened.len() as u64;
    let job = move |write: &mut Write<'_>| {
        let mut intake = Intake::begin(write)?;
        let mut losses = Vec::new();
        for content in opened {
            take(write, &rules, content, now, &mut intake, &mut losses)?;
        }
        let subject = format!("{}/{}", cursor.inbox, cursor.seq);
        let decisions = &intake.decisions;
        loss::declare(write, &rules, decisions, &subject, &losses, since, now)?;
        save(write, control::CURSOR, &cursor)?;
        Ok(intake)
    };
    let intake = run.session.vault.write(job).await?;
    run.report.received += count;
    intake.tell(run.hints);
    Ok(more)
}

fn take(
    write: &mut Write<'_>,
    rules: &Rules,
    content: Opened,
    now: Timestamp,
    intake: &mut Intake,
    losses: &mut Vec<Loss>,
) -> Result<(), VaultError> {
    match content {
        Opened::Events(events) => events
            .iter()
            .try_for_each(|event| ingest::take(write, rules, event, now, intake).map(drop)),
        Opened::Outcome(item) => {
            intake.queue = true;
            let conversation = outcome::take(write, rules, &item, now)?;
            intake.conversations.extend(conversation);
            Ok(())
        }
        Opened::Lost(loss) => {
            losses.push(loss);
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
    let Some(sealed) = &item.sealed else {
        let tombstone = item.tombstone.as_deref().ok_or("item.empty")?;
        let signed = verify(session, inbox, item, tombstone)?;
        let gone = signed.nbf.map(Timestamp::from_seconds);
        return match (signed.kind.as_str(), gone) {
            ("tombstone", Some(at)) => Ok(Opened::Lost(Loss::at(at, "item.expired"))),
            _ => Err("item.kind"),
        };
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
    let signed = verify(session, inbox, item, &text)?;
    match signed.kind.as_str() {
        "event" => events(&signed, now).map(Opened::Events),
        "outcome" => serde_json::from_slice(&signed.raw)
            .map(Opened::Outcome)
            .map_err(|_| "item.outcome"),
        "overflow" => serde_json::from_slice(&signed.raw)
            .map(Opened::Lost)
            .map_err(|_| "item.overflow"),
        _ => Err("item.kind"),
    }
}

/// What stands in clear beside an item was only a hint; the signed values count.
fn verify(
    session: &Session,
    inbox: &str,
    hint: &SyncItem,
    text: &str,
) -> Result<Item, &'static str> {
    let signed: Item = document::verify(text, "companion-item+jws", &ingress(session))
        .and_then(|verified| verified.parse())
        .map_err(|_| "item.signature")?;
    let same = signed.aud == session.grant.enrolment_id.as_str()
        && signed.inbox == inbox
        && signed.seq == hint.seq
        && signed.id == hint.id;
    if same {
        Ok(signed)
    } else {
        Err("item.mismatch")
    }
}

/// The gateway's signing keys, whatever their times say: an item may wait for weeks and the phone's clock may be wrong,
/// while a refused item is lost. A key is withdrawn by the next key set.
fn ingress(session: &Session) -> Vec<&VerifyingKey> {
    let keys = session.keys.keys.iter();
    keys.filter(|record| record.role == Role::Ingress)
        .map(|record| &record.key)
        .collect()
}

/// What an `event` item tells. Channel and account are those that the gateway signed. News of the account as a whole may
/// name it otherwise (a business account above the number) and are taken for the signed one; anything else that names
/// another account is refused.
fn events(item: &Item, now: Timestamp) -> Result<Vec<ChannelEvent>, &'static str> {
    let account = item.account.as_ref().ok_or("item.account")?;
    let payload = match item.channel.as_deref() {
        Some("whatsapp") => whatsapp::inbound::read(&item.raw, now).map_err(|_| "item.payload")?,
        _ => return Err("item.channel"),
    };
    if payload.events.is_empty() && !payload.rejected.is_empty() {
        return Err("item.event");
    }
    let mut events = payload.events;
    for event in &mut events {
        if concerns_account(event) {
            event.account.clone_from(account);
        } else if event.account != *account {
            return Err("item.account");
        }
    }
    Ok(events)
}

/// Whether an event is news of a whole account: these name no conversation.
fn concerns_account(event: &ChannelEvent) -> bool {
    match event.body {
        EventBody::Account(_) => true,
        EventBody::Gap { .. } => event.conversation.id.as_str().is_empty(),
        _ => false,
    }
}
