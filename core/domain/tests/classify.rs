//! The boundary: a chat that nobody bound never becomes work, whoever asks for it.

use companion_domain::{
    binding::{AccountRef, Act, BindingChange, Bindings, Choice, ConversationRef},
    bytes::Digest,
    classify::{Accounts, Space, classify},
    event::*,
    grant::{GrantedAccount, Mode},
    id::*,
    policy::{BusinessHours, MirrorUnsend, Policy},
    reason::{Code, Language},
    time::Timestamp,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::time::Duration;

const CHANNELS: [&str; 2] = ["whatsapp", "line"];
const ACCOUNTS: [&str; 2] = ["office", "own"];
const CHATS: [&str; 3] = ["customer", "friend", ""];

#[test]
fn each_rule_decides_as_written() {
    use {Code::*, Space::*};
    let cases = [
        // granted, accepted, decided, space, code
        (None, None, None, Personal, AccountUnknown),
        (None, Some(Mode::Company), None, Personal, AccountUnknown),
        (
            None,
            Some(Mode::Mixed),
            Some(Choice::Work),
            Personal,
            AccountUnknown,
        ),
        (
            Some(Mode::Company),
            None,
            None,
            Undecided,
            AccountNotAccepted,
        ),
        (
            Some(Mode::Company),
            None,
            Some(Choice::Work),
            Undecided,
            AccountNotAccepted,
        ),
        (Some(Mode::Mixed), None, None, Undecided, AccountNotAccepted),
        (
            Some(Mode::Company),
            Some(Mode::Company),
            None,
            Work,
            AccountCompany,
        ),
        (
            Some(Mode::Company),
            Some(Mode::Company),
            Some(Choice::Personal),
            Work,
            AccountCompany,
        ),
        (
            Some(Mode::Company),
            Some(Mode::Mixed),
            None,
            Undecided,
            ConversationUnbound,
        ),
        (
            Some(Mode::Mixed),
            Some(Mode::Company),
            None,
            Undecided,
            ConversationUnbound,
        ),
        (
            Some(Mode::Mixed),
            Some(Mode::Mixed),
            None,
            Undecided,
            ConversationUnbound,
        ),
        (
            Some(Mode::Mixed),
            Some(Mode::Mixed),
            Some(Choice::Work),
            Work,
            ConversationBound,
        ),
        (
            Some(Mode::Mixed),
            Some(Mode::Mixed),
            Some(Choice::Personal),
            Personal,
            ConversationPersonal,
        ),
    ];
    for (granted, accepted, decided, space, code) in cases {
        let granted: Vec<_> = granted.map(|mode| grant(0, 0, mode)).into_iter().collect();
        let accept = accepted.map(|mode| Act::AcceptAccount {
            account: account(0, 0),
            mode,
        });
        let decide = decided.map(|to| Act::DecideConversation {
            conversation: chat(0, 0, 0),
            to: Some(to),
        });
        let bindings = bindings(accept.into_iter().chain(decide));
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
            "granted {granted:?}, accepted {accepted:?}, decided {decided:?}"
        );
    }
}

#[test]
fn a_phone_book_only_names_what_already_is_work() {
    let accounts = Accounts::new(&[grant(0, 0, Mode::Mixed)]);
    let accept = Act::AcceptAccount {
        account: account(0, 0),
        mode: Mode::Mixed,
    };
    let bind = Act::DecideConversation {
        conversation: chat(0, 0, 0),
        to: Some(Choice::Work),
    };
    let bindings = bindings([accept, bind]);
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
    let accept = Act::AcceptAccount {
        account: account(0, 0),
        mode: Mode::Mixed,
    };
    let bind = Act::DecideConversation {
        conversation: chat(0, 0, 0),
        to: Some(Choice::Work),
    };
    let bindings = bindings([accept, bind]);
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
    let accept = Act::AcceptAccount {
        account: account(0, 0),
        mode: Mode::Company,
    };
    let bindings = bindings([accept]);
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
    let accept = Act::AcceptAccount {
        account: account(0, 0),
        mode: Mode::Company,
    };
    let bindings = bindings([accept]);
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
    let accept = Act::AcceptAccount {
        account: account(0, 0),
        mode: Mode::Company,
    };
    let bindings = bindings([accept]);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// The gateway sends any event and claims any accounts, the policy says anything, the employee did something else:
    /// unless the employee's own last word makes it work, it is not work.
    #[test]
    fn what_nobody_bound_never_becomes_work(
        event in any_event(),
        granted in vec(any_grant(), 0..6),
        policy in any_policy(),
        acts in vec(any_act(), 0..8),
    ) {
        let bound = bound_by_the_employee(&acts, &event);
        let verdict = classify(&event, &Accounts::new(&granted), &bindings(acts), &policy);
        prop_assert!(bound || verdict.space != Space::Work, "{:?}", verdict);
    }
}

/// The employee's last word about the event's account and conversation, read from the list of acts alone.
fn bound_by_the_employee(acts: &[Act], event: &ChannelEvent) -> bool {
    let (mut accepted, mut chosen) = (None, None);
    for act in acts {
        match act {
            Act::AcceptAccount { account, mode } if *account == AccountRef::of(event) => {
                accepted = Some(*mode);
            }
            Act::LeaveAccount { account } if *account == AccountRef::of(event) => accepted = None,
            Act::DecideConversation { conversation, to }
                if *conversation == ConversationRef::of(event) =>
            {
                chosen = *to;
            }
            _ => {}
        }
    }
    accepted == Some(Mode::Company) || (accepted.is_some() && chosen == Some(Choice::Work))
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

fn any_mode() -> impl Strategy<Value = Mode> {
    select(vec![Mode::Company, Mode::Mixed])
}

fn any_grant() -> impl Strategy<Value = GrantedAccount> {
    (0..2usize, 0..2usize, any_mode()).prop_map(|(channel, of, mode)| grant(channel, of, mode))
}

fn any_act() -> impl Strategy<Value = Act> {
    let choice = option::of(select(vec![Choice::Work, Choice::Personal]));
    prop_oneof![
        (0..2usize, 0..2usize, any_mode()).prop_map(|(channel, of, mode)| Act::AcceptAccount {
            account: account(channel, of),
            mode
        }),
        (0..2usize, 0..2usize).prop_map(|(channel, of)| Act::LeaveAccount {
            account: account(channel, of)
        }),
        (0..2usize, 0..2usize, 0..3usize, choice).prop_map(|(channel, of, conversation, to)| {
            Act::DecideConversation {
                conversation: chat(channel, of, conversation),
                to,
            }
        }),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let channels = option::of(proptest::collection::btree_set(
        select(CHANNELS.to_vec()).prop_map(ChannelId::new),
        0..3,
    ));
    let span = || any::<u32>().prop_map(|seconds| Duration::from_secs(seconds.into()));
    let hours = option::of((any::<[bool; 7]>(), any::<u16>(), any::<u16>(), any::<i16>()));
    (
        channels,
        span(),
        span(),
        span(),
        span(),
        hours,
        any::<bool>(),
    )
        .prop_map(
            |(
                account_channels,
                request_timeout,
                backoff_min,
                backoff_max,
                stale_after,
                hours,
                keep,
            )| Policy {
                account_channels,
                request_timeout,
                backoff_min,
                backoff_max,
                stale_after,
                business_hours: hours.map(|(days, opens, closes, utc_offset)| BusinessHours {
                    days,
                    opens,
                    closes,
                    utc_offset,
                }),
                mirror_unsend: if keep {
                    MirrorUnsend::Keep
                } else {
                    MirrorUnsend::Redact
                },
            },
        )
}

fn any_event() -> impl Strategy<Value = ChannelEvent> {
    let origins = vec![
        Origin::Live,
        Origin::Echo,
        Origin::History,
        Origin::Export,
        Origin::Manual,
    ];
    let directions = vec![
        Direction::Inbound,
        Direction::Outbound,
        Direction::System,
        Direction::Unknown,
    ];
    let kinds = vec![
        ConversationKind::Direct,
        ConversationKind::Group,
        ConversationKind::Channel,
        ConversationKind::Unknown,
    ];
    let place = (
        0..2usize,
        0..2usize,
        0..3usize,
        select(kinds),
        any::<Option<bool>>(),
    );
    (place, select(origins), select(directions), select(bodies())).prop_map(
        |((channel, of, conversation, kind, external), origin, direction, body)| {
            let mut event = event(channel, of, conversation, body);
            event.conversation.kind = kind;
            event.conversation.external = external;
            event.origin = origin;
            event.direction = direction;
            event.author = Some(party());
            event
        },
    )
}

fn bodies() -> Vec<EventBody> {
    let id = || SourceId::new("m");
    let now = Timestamp::from_seconds(0);
    let account_change = |effect| {
        EventBody::Account(AccountChange {
            event: "PARTNER_ADDED".into(),
            reason: None,
            initiated_by: None,
            effect,
            owner: None,
        })
    };
    vec![
        text(),
        EventBody::Edit {
            target: id(),
            content: Content::text("b"),
            edited_at: now,
        },
        EventBody::Delete {
            targets: vec![id()],
            why: DeleteKind::Unsend,
        },
        EventBody::Reaction {
            target: id(),
            emoji: "+".into(),
            removed: false,
        },
        EventBody::Status {
            target: id(),
            state: DeliveryState::Read,
            code: None,
            opaque: None,
        },
        EventBody::Contact(ContactChange::Upsert(party())),
        EventBody::Contact(ContactChange::Remove(party())),
        EventBody::Contact(ContactChange::KeyChanged {
            old: key("1"),
            new: key("2"),
        }),
        EventBody::Contact(ContactChange::IdentityChanged(party())),
        EventBody::Conversation(ConversationChange {
            kind: "moved".into(),
            members: vec![key("1")],
            moved_to: Some(SourceConversationId::new(CHATS[0])),
        }),
        account_change(AccountEffect::Reconnected),
        account_change(AccountEffect::Disconnected),
        EventBody::Gap {
            from: now,
            to: now,
            why: "overflow".into(),
        },
        EventBody::Unknown {
            kind: "bind_everything".into(),
        },
    ]
}
