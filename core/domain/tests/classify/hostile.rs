//! A gateway and a policy that ask for everything: a chat that nobody bound never becomes work.

use super::*;
use companion_domain::policy::{BusinessHours, MirrorUnsend};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
    sample::select,
};
use std::time::Duration;

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
    let channels = option::of(btree_set(
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
                ..Policy::default()
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
