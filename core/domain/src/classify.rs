//! Work or not: the boundary between the company and the employee's own life.
//!
//! The default is deny. Only an act of the employee makes work (see [`crate::binding`]): the grant's list of accounts
//! and the policy can take away from that, never add to it.

use crate::{
    binding::{AccountRef, Bindings, Choice, ConversationRef, Decided},
    event::{ChannelEvent, ContactChange, EventBody},
    grant::{GrantedAccount, Mode},
    id::ChannelId,
    policy::Policy,
    reason::{Code, Language, Reason},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where an event belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// The company's: kept in the vault and mirrored.
    Work,
    /// Not the company's: nothing of it is kept in the vault.
    Personal,
    /// Not decided yet: it waits in quarantine under the employee's own key.
    Undecided,
}

/// A space and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Where the event belongs.
    pub space: Space,
    /// The rule that said so.
    pub code: Code,
    /// Since when the rule holds, if somebody decided it.
    pub since: Option<Timestamp>,
}

impl Verdict {
    /// Why nothing can be written in a conversation of which this was said; `None` for work.
    pub fn refusal(&self) -> Option<Code> {
        (self.space != Space::Work).then_some(self.code)
    }

    /// The verdict in words.
    pub fn reason(&self, language: Language) -> Reason {
        Reason {
            since: self.since,
            ..self.code.reason(language)
        }
    }
}

/// The accounts that the grant lists. What is not in it does not exist for us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(BTreeMap<AccountRef, Mode>);

impl Accounts {
    /// Takes the grant's list. An account that is listed twice is mixed if either line says so.
    pub fn new(granted: &[GrantedAccount]) -> Self {
        let mut modes = BTreeMap::new();
        for granted in granted {
            let account = AccountRef {
                channel: granted.channel.clone(),
                account: granted.account.clone(),
            };
            let mode = modes.entry(account).or_insert(granted.mode);
            *mode = narrower(*mode, granted.mode);
        }
        Self(modes)
    }
}

/// Decides where `event` belongs.
///
/// `accounts` is what the gateway grants, `bindings` what the employee did; `policy` can only narrow.
pub fn classify(
    event: &ChannelEvent,
    accounts: &Accounts,
    bindings: &Bindings,
    policy: &Policy,
) -> Verdict {
    let decided = standing(&ConversationRef::of(event), accounts, bindings, policy);
    if decided.space == Space::Undecided && from_phone_book(&event.body) {
        return verdict(Space::Personal, Code::ContactNotWork, None);
    }
    decided
}

/// Decides where a conversation belongs now, whatever happens in it; only in work may the employee write through us.
pub fn standing(
    conversation: &ConversationRef,
    accounts: &Accounts,
    bindings: &Bindings,
    policy: &Policy,
) -> Verdict {
    let account = &conversation.account;
    let Some(granted) = accounts.0.get(account) else {
        return verdict(Space::Personal, Code::AccountUnknown, None);
    };
    let accepted = bindings.account(account);
    let decided = by_the_employee(*granted, accepted, bindings.conversation(conversation));
    if decided.space == Space::Work && !allows(policy, &account.channel) {
        return verdict(Space::Undecided, Code::AccountNotAllowed, None);
    }
    decided
}

/// What the employee's own acts make of a conversation in a granted account.
fn by_the_employee(
    granted: Mode,
    accepted: Option<Decided<Mode>>,
    chosen: Option<Decided<Choice>>,
) -> Verdict {
    if let Some(accepted) = accepted
        && narrower(accepted.what, granted) == Mode::Company
    {
        return verdict(Space::Work, Code::AccountCompany, Some(accepted.at));
    }
    match (accepted, chosen.map(|chosen| (chosen.what, chosen.at))) {
        (_, Some((Choice::Personal, at))) => {
            verdict(Space::Personal, Code::ConversationPersonal, Some(at))
        }
        (None, _) => verdict(Space::Undecided, Code::AccountNotAccepted, None),
        (Some(_), Some((Choice::Work, at))) => {
            verdict(Space::Work, Code::ConversationBound, Some(at))
        }
        (Some(_), None) => verdict(Space::Undecided, Code::ConversationUnbound, None),
    }
}

fn allows(policy: &Policy, channel: &ChannelId) -> bool {
    let channels = policy.account_channels.as_ref();
    channels.is_none_or(|channels| channels.contains(channel))
}

/// Entries of the phone book name conversations that already are work; they are never kept to be decided about.
fn from_phone_book(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Contact(ContactChange::Upsert(_) | ContactChange::Remove(_))
    )
}

fn narrower(one: Mode, other: Mode) -> Mode {
    match (one, other) {
        (Mode::Company, Mode::Company) => Mode::Company,
        _ => Mode::Mixed,
    }
}

fn verdict(space: Space, code: Code, since: Option<Timestamp>) -> Verdict {
    Verdict { space, code, since }
}
