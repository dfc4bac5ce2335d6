//! The boundary: which rule decides what, and who cannot move it.

#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

mod hostile;

use companion_domain::{
    binding::{AccountRef, Act, BindingChange, Bindings, Choice, ConversationRef},
    bytes::Digest,
    classify::{Accounts, Space, classify},
    event::*,
    grant::{GrantedAccount, Mode},
    id::*,
    policy::Policy,
    reason::{Code, Language},
    time::Timestamp,
};

const CHANNELS: [&str; 2] = ["whatsapp", "line"];
const ACCOUNTS: [&str; 2] = ["office", "own"];
const CHATS: [&str; 3] = ["customer", "friend", ""];

#[test]
fn each_rule_decides_as_written() {
    use {Code::*, Space::*};
    const COMPANY: Option<Mode> = Some(Mode::Company);
    const MIXED: Option<Mode> = Some(Mode::Mixed);
    const WORK: Option<Choice> = Some(Choice::Work);
    const OWN: Option<Choice> = Some(Choice::Personal);
    let cases = [
        // granted, accepted, chosen; space, code
        (None, None, None, Personal, AccountUnknown),
        (None, COMPANY, None, Personal, AccountUnknown),
        (None, MIXED, WORK, Personal, AccountUnknown),
        (COMPANY, None, None, Undecided, AccountNotAccepted),
        (COMPANY, None, WORK, Undecided, AccountNotAccepted),
        (COMPANY, None, OWN, Personal, ConversationPersonal),
        (MIXED, None, None, Undecided, AccountNotAccepted),
        (COMPANY, COMPANY, None, Work, AccountCompany),
        (COMPANY, COMPANY, OWN, Work, AccountCompany),
        (COMPANY, MIXED, None, Undecided, ConversationUnbound),
        (MIXED, COMPANY, None, Undecided, ConversationUnbound),
        (MIXED, MIXED, None, Undecided, ConversationUnbound),
        (MIXED, MIXED, WORK, Work, ConversationBound),
        (MIXED, MIXED, OWN, Personal, ConversationPersonal),
    ];
    for (granted, accepted, chosen, space, code) in cases {
        let granted: Vec<_> = granted.map(|mode| grant(0, 0, mode)).into_iter().collect();
        let accept = accepted.map(accept);
        let bindings = bindings(accept.into_iter().chain(chosen.map(choose)));
        let event = event(0, 0, 0, text());
        let verdict = classify(
            &event,
            &Accounts::new(&granted),
            &bindings,
            &Policy::default(),
        );
        assert_eq!(
            (verdict.space, verdict.code),
            (space, code),
            "granted {granted:?}, accepted {accepted:?}, chosen {chosen:?}"
        );
    }
}

#[test]
fn a_phone_book_only_names_what_already_is_work() {
    let accounts = Accounts::new(&[grant(0, 0, Mode::Mixed)]);
    let bindings = bindings([accept(Mode::Mixed), choose(Choice::Work)]);
    for change in [
        ContactChange::Upsert(party()),
        ContactChange::Remove(party()),
    ] {
        let space = |conversation| {
            let event = event(0, 0, conversation, EventBody::Contact(change.clone()));
            classify(&event, &accounts, &bindings, &Policy::default()).space
        };
        assert_eq!(space(0), Space::Work, "the bound chat: {change:?}");
        assert_eq!(
            space(1),
            Space::Personal,
            "an unbound chat keeps nothing: {change:?}"
        );
    }
}

#[test]
fn a_number_change_does_not_carry_the_binding_along() {
    let accounts = Accounts::new(&[grant(0, 0, Mode::Mixed)]);
    let bindings = bindings([accept(Mode::Mixed), choose(Choice::Work)]);
    let change = ContactChange::KeyChanged {
        old: key("1"),
        new: key("2"),
    };
    let moved = event(0, 0, 1, EventBody::Contact(change));
    let verdict = classify(&moved, &accounts, &bindings, &Policy::default());
    assert_eq!(verdict.space, Space::Undecided);
}

#[test]
fn a_policy_takes_a_channel_away_without_losing_its_events() {
    let accounts = Accounts::new(&[grant(0, 0, Mode::Company)]);
    let bindings = bindings([accept(Mode::Company)]);
    let event = event(0, 0, 0, text());
    let verdict = |channels: &[&str]| {
        let channels = channels.iter().map(|name| ChannelId::new(*name)).collect();
        let policy = Policy {
            account_channels: Some(channels),
            ..Policy::default()
        };
        classify(&event, &accounts, &bindings, &policy)
    };
    assert_eq!(verdict(&["whatsapp"]).space, Space::Work);
    assert_eq!(verdict(&["line"]).space, Space::Undecided);
    assert_eq!(verdict(&[]).code, Code::AccountNotAllowed);
}

#[test]
fn an_account_listed_in_two_modes_is_the_narrower_one() {
    let bindings = bindings([accept(Mode::Company)]);
    for modes in [[Mode::Company, Mode::Mixed], [Mode::Mixed, Mode::Company]] {
        let accounts = Accounts::new(&modes.map(|mode| grant(0, 0, mode)));
        let verdict = classify(
            &event(0, 0, 1, text()),
            &accounts,
            &bindings,
            &Policy::default(),
        );
        assert_eq!(verdict.space, Space::Undecided, "{modes:?}");
    }
}

#[test]
fn a_verdict_tells_since_when_and_what_ends_it() {
    let accounts = Accounts::new(&[grant(0, 0, Mode::Company)]);
    let bindings = bindings([accept(Mode::Company)]);
    let verdict = classify(
        &event(0, 0, 0, text()),
        &accounts,
        &bindings,
        &Policy::default(),
    );
    let reason = verdict.reason(Language::En);
    assert_eq!(reason.code.as_str(), "account.company");
    assert_eq!(reason.source, "employee");
    assert_eq!(reason.since, Some(Timestamp::from_seconds(0)));
    assert_eq!(reason.ends_by, ["leave_account"]);
}

/// The first account, accepted.
fn accept(mode: Mode) -> Act {
    let account = account(0, 0);
    Act::AcceptAccount { account, mode }
}

/// The first chat of the first account, decided.
fn choose(to: Choice) -> Act {
    Act::DecideConversation {
        conversation: chat(0, 0, 0),
        to: Some(to),
    }
}

fn account(channel: usize, account: usize) -> AccountRef {
    AccountRef {
        channel: ChannelId::new(CHANNELS[channel]),
        account: AccountId::new(ACCOUNTS[account]),
    }
}

fn chat(channel: usize, of: usize, conversation: usize) -> ConversationRef {
    ConversationRef {
        account: account(channel, of),
        conversation: SourceConversationId::new(CHATS[conversation]),
    }
}

fn grant(channel: usize, of: usize, mode: Mode) -> GrantedAccount {
    let AccountRef { channel, account } = account(channel, of);
    GrantedAccount {
        channel,
        account,
        mode,
    }
}

fn bindings(acts: impl IntoIterator<Item = Act>) -> Bindings {
    let mut bindings = Bindings::default();
    for act in acts {
        bindings.apply(&BindingChange {
            by: EnrolmentId::new("enrolment"),
            at: Timestamp::from_seconds(0),
            act,
        });
    }
    bindings
}

fn event(channel: usize, of: usize, conversation: usize, body: EventBody) -> ChannelEvent {
    let chat = chat(channel, of, conversation);
    ChannelEvent {
        channel: chat.account.channel,
        account: chat.account.account,
        conversation: SourceConversation {
            id: chat.conversation,
            kind: ConversationKind::Direct,
            external: None,
        },
        source_id: None,
        raw_digest: Digest([0; 32]),
        sent_at: None,
        received_at: Timestamp::from_seconds(0),
        position: 0,
        origin: Origin::Live,
        direction: Direction::Inbound,
        author: None,
        recipients: Vec::new(),
        body,
    }
}

fn text() -> EventBody {
    EventBody::Message {
        content: Content::text("a"),
        reply_to: None,
        thread: None,
        forwarded: false,
        mentions: Vec::new(),
        expires: None,
    }
}

fn key(value: &str) -> PartyKey {
    PartyKey {
        kind: "phone".into(),
        value: value.into(),
    }
}

fn party() -> Party {
    Party {
        keys: vec![key("1")],
        name: None,
        kind: PartyKind::Customer,
    }
}
