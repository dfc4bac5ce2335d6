//! The words that a scenario may use: its steps, the phone's commands, what is told of each.

use super::file::{Act, Expected};
use serde_json::Value;

/// The steps.
pub(super) const ACTS: &[&str] = &[
    "let", "phone", "happens", "hook", "network", "fault", "lift", "passes", "kill", "start",
    "damage", "records", "sent", "settled", "verified",
];

/// A command of the phone: what it takes, and the members of what it answers, at any depth.
struct Word {
    name: &'static str,
    takes: &'static [&'static str],
    tells: &'static [&'static str],
}

const fn word(
    name: &'static str,
    takes: &'static [&'static str],
    tells: &'static [&'static str],
) -> Word {
    Word { name, takes, tells }
}

const COMMANDS: &[Word] = &[
    word("accept", &["channel", "account"], &[]),
    word(
        "undecided",
        &[],
        &["conversation", "channel", "account", "name", "items"],
    ),
    word("bind", &["conversation", "to"], &[]),
    word(
        "inbox",
        &[],
        &[
            "key",
            "source",
            "channel",
            "account",
            "conversation",
            "title",
            "preview",
            "unread",
            "read_only",
        ],
    ),
    word(
        "messages",
        &["conversation"],
        &[
            "key",
            "source_id",
            "client_message_id",
            "origin",
            "direction",
            "author",
            "kind",
            "text",
            "versions",
            "reply_to",
            "deleted",
            "reactions",
            "delivery",
            "code",
            "mirror",
        ],
    ),
    word(
        "send",
        &["conversation", "content"],
        &["client_message_id", "message"],
    ),
    word(
        "queue",
        &[],
        &[
            "id",
            "client_message_id",
            "conversation",
            "state",
            "reason",
            "detail",
            "attempts",
            "decisions",
        ],
    ),
    word("resolve", &["id", "decision"], &[]),
    word(
        "explain",
        &["subject", "language"],
        &["code", "source", "ends_by", "text"],
    ),
    word("notices", &[], &["code"]),
    word("changes", &[], &[]),
    word(
        "ingest",
        &["reader", "raw"],
        &[
            "work",
            "known",
            "undecided",
            "denied",
            "ignored",
            "rejected",
        ],
    ),
    word("ledger", &[], &["record", "what", "conversation"]),
    word("journal", &[], &["n", "e", "code", "by"]),
    word(
        "state",
        &[],
        &[
            "enrolment",
            "phase",
            "lock",
            "waiting_messages",
            "undelivered",
            "parked",
            "undecided",
            "recorded",
            "broken_accounts",
        ],
    ),
    word("diagnostics", &[], &["inbox_seq"]),
    word("list", &[], &[]),
    word("sync", &[], REPORT),
    word("begin_sync", &["wait_s"], &[]),
    word("cancel_sync", &[], &[]),
    word("end_sync", &[], REPORT),
    word("suspend", &[], &[]),
    word("resume", &[], &[]),
    word("touch", &[], &[]),
    word("lock", &[], &[]),
    word("unlock", &["code"], &[]),
    word("set_passcode", &["old", "new"], &[]),
    word("close", &[], &[]),
];

const REPORT: &[&str] = &["received", "handed_over", "sent", "checkpoints", "complete"];

/// What is told of a record.
pub(super) const RECORD: &[&str] = &[
    "key",
    "kind",
    "change",
    "account",
    "conversation",
    "conversation_seq",
    "contact",
    "direction",
    "origin",
    "source_id",
    "author",
    "role",
    "content",
    "text",
    "reply_to",
    "supersedes",
    "details",
    "emoji",
    "state",
    "code",
    "old",
    "new",
    "why",
    "mode",
    "from",
    "to",
];

/// What is told of a message that WhatsApp was given.
pub(super) const SENT: &[&str] = &[
    "account",
    "to",
    "recipient",
    "text",
    "reply_to",
    "emoji",
    "target",
];

/// What is told of a proof.
const PROOF: &[&str] = &[
    "proven",
    "checkpoints",
    "missing",
    "changed",
    "doubled",
    "out_of_order",
];

/// An error of the API.
const ERROR: &[&str] = &[
    "kind",
    "reason",
    "place",
    "code",
    "tries_left",
    "retry_at_ms",
];

/// The name of a command.
pub(super) fn name(command: &Value) -> &str {
    command
        .get("do")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Refuses a command or an expectation that nobody knows.
pub(super) fn check(act: &Act, expected: &Expected) -> Result<(), String> {
    let known = match act {
        Act::Phone(command) => command_of(command)?.tells,
        Act::Records(_) => RECORD,
        Act::Sent => SENT,
        Act::Verified => PROOF,
        Act::Lift(_) => &["hits"],
        Act::Start(_) => &[],
        _ if matches!(expected, Expected::Success) => return Ok(()),
        _ => return Err(format!("{}: nothing can be expected of it", act.word())),
    };
    let (value, known) = match expected {
        Expected::Success => return Ok(()),
        Expected::Answer(value) => (value, known),
        Expected::Error(value) if matches!(act, Act::Phone(_) | Act::Start(_)) => (value, ERROR),
        Expected::Error(_) => return Err(format!("{}: it has no error", act.word())),
        Expected::Killed if matches!(act, Act::Phone(_)) => return Ok(()),
        Expected::Killed => return Err(format!("{}: no phone is killed in it", act.word())),
    };
    match stranger(value, known) {
        Some(name) => Err(format!("{}: unknown expectation {name:?}", act.word())),
        None => Ok(()),
    }
}

fn command_of(command: &Value) -> Result<&'static Word, String> {
    let name = name(command);
    let word = COMMANDS.iter().find(|word| word.name == name);
    let word = word.ok_or_else(|| format!("unknown command {name:?}"))?;
    let given = command.as_object().into_iter().flatten();
    let mut given: Vec<&str> = given.map(|(name, _)| name.as_str()).collect();
    given.retain(|name| *name != "do");
    if let Some(unknown) = given.iter().find(|name| !word.takes.contains(name)) {
        return Err(format!("{name}: unknown field {unknown:?}"));
    }
    match word.takes.iter().find(|name| !given.contains(name)) {
        Some(missing) => Err(format!("{name}: {missing:?} is missing")),
        None => Ok(word),
    }
}

/// The first member, at any depth, that is not known.
fn stranger<'v>(value: &'v Value, known: &[&str]) -> Option<&'v str> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| stranger(item, known)),
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let unknown = !known.contains(&name.as_str());
            unknown
                .then_some(name.as_str())
                .or_else(|| stranger(value, known))
        }),
        _ => None,
    }
}
