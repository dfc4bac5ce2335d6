//! What the employee made work: accounts accepted and conversations decided.
//!
//! A binding is always an act of the employee. The types hold no other actor: neither a policy nor the gateway has a
//! way to say that something is bound, and an account accepted as mixed stays mixed whatever the gateway claims later.

use crate::{
    event::ChannelEvent,
    grant::Mode,
    id::{AccountId, ChannelId, EnrolmentId, SourceConversationId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An account, fully named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountRef {
    /// The channel.
    pub channel: ChannelId,
    /// The company's identity on it.
    pub account: AccountId,
}

impl AccountRef {
    /// The account to which `event` belongs.
    pub fn of(event: &ChannelEvent) -> Self {
        Self {
            channel: event.channel.clone(),
            account: event.account.clone(),
        }
    }
}

/// A conversation, fully named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConversationRef {
    /// Its account.
    pub account: AccountRef,
    /// Its id in the channel's words.
    pub conversation: SourceConversationId,
}

impl ConversationRef {
    /// The conversation in which `event` happened.
    pub fn of(event: &ChannelEvent) -> Self {
        Self {
            account: AccountRef::of(event),
            conversation: event.conversation.id.clone(),
        }
    }
}

/// One act of the employee, as the ledger keeps it and a `binding` record tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingChange {
    /// The enrolment in whose hands the phone was.
    pub by: EnrolmentId,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub act: Act,
}

/// What the employee can do about bindings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Accept an account, for use in this mode.
    AcceptAccount {
        /// The account.
        account: AccountRef,
        /// How it may be used; shown to the employee when asked.
        mode: Mode,
    },
    /// Take the acceptance back.
    LeaveAccount {
        /// The account.
        account: AccountRef,
    },
    /// Decide about one conversation; `None` takes the decision back.
    DecideConversation {
        /// The conversation.
        conversation: ConversationRef,
        /// What it is from now on.
        to: Option<Choice>,
    },
}

/// What a conversation can be declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Work: kept, mirrored, governed.
    Work,
    /// Personal: none of the company's business.
    Personal,
}

/// Who learns of a change beside the employee, whose ledger lists every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// It changed nothing.
    Unchanged,
    /// The employee alone: a record would tell the company of a chat that was never its own.
    Employee,
    /// The company too: a record with kind `binding` and this `change`.
    Company(&'static str),
}

/// One standing decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided<T> {
    /// What was decided.
    pub what: T,
    /// When.
    pub at: Timestamp,
}

/// All standing decisions: the sum of the employee's acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    accounts: BTreeMap<AccountRef, Decided<Mode>>,
    conversations: BTreeMap<ConversationRef, Decided<Choice>>,
}

impl Bindings {
    /// Takes in one act and tells who is to be told.
    pub fn apply(&mut self, change: &BindingChange) -> Audit {
        let at = change.at;
        match &change.act {
            Act::AcceptAccount { account, mode } => {
                let before = replace(&mut self.accounts, account, Some(*mode), at);
                if before == Some(*mode) {
                    Audit::Unchanged
                } else {
                    Audit::Company("accepted")
                }
            }
            Act::LeaveAccount { account } => match replace(&mut self.accounts, account, None, at) {
                Some(_) => Audit::Company("left"),
                None => Audit::Unchanged,
            },
            Act::DecideConversation { conversation, to } => {
                let before = replace(&mut self.conversations, conversation, *to, at);
                match (before, *to) {
                    (before, to) if before == to => Audit::Unchanged,
                    (_, Some(Choice::Work)) => Audit::Company("bound"),
                    (Some(Choice::Work), _) => Audit::Company("unbound"),
                    _ => Audit::Employee,
                }
            }
        }
    }

    /// As what `account` was accepted, if it was.
    pub fn account(&self, account: &AccountRef) -> Option<Decided<Mode>> {
        self.accounts.get(account).copied()
    }

    /// What was decided about `conversation`, if anything.
    pub fn conversation(&self, conversation: &ConversationRef) -> Option<Decided<Choice>> {
        self.conversations.get(conversation).copied()
    }
}

/// Puts `to` in the place of what stands for `key` and returns that. The time of an unchanged decision stays.
fn replace<K: Ord + Clone, T: Copy + PartialEq>(
    decisions: &mut BTreeMap<K, Decided<T>>,
    key: &K,
    to: Option<T>,
    at: Timestamp,
) -> Option<T> {
    let before = decisions.get(key).map(|decided| decided.what);
    match to {
        None => {
            decisions.remove(key);
        }
        Some(what) if before != Some(what) => {
            decisions.insert(key.clone(), Decided { what, at });
        }
        Some(_) => {}
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat() -> ConversationRef {
        ConversationRef {
            account: account(),
            conversation: SourceConversationId::new("819011112222"),
        }
    }

    fn account() -> AccountRef {
        AccountRef {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new("106540352242922"),
        }
    }

    fn change(at: i64, act: Act) -> BindingChange {
        BindingChange {
            by: EnrolmentId::new("e"),
            at: Timestamp::from_seconds(at),
            act,
        }
    }

    fn decide(at: i64, to: Option<Choice>) -> BindingChange {
        change(
            at,
            Act::DecideConversation {
                conversation: chat(),
                to,
            },
        )
    }

    #[test]
    fn the_company_is_told_of_work_and_of_nothing_else() {
        let mut bindings = Bindings::default();
        for (to, audit) in [
            (None, Audit::Unchanged),
            (Some(Choice::Personal), Audit::Employee),
            (Some(Choice::Personal), Audit::Unchanged),
            (None, Audit::Employee),
            (Some(Choice::Work), Audit::Company("bound")),
            (Some(Choice::Work), Audit::Unchanged),
            (Some(Choice::Personal), Audit::Company("unbound")),
            (Some(Choice::Work), Audit::Company("bound")),
            (None, Audit::Company("unbound")),
        ] {
            assert_eq!(bindings.apply(&decide(1, to)), audit, "to {to:?}");
        }
    }

    #[test]
    fn a_decision_keeps_the_time_at_which_it_was_made() {
        let mut bindings = Bindings::default();
        bindings.apply(&decide(1, Some(Choice::Work)));
        bindings.apply(&decide(2, Some(Choice::Work)));
        let decided = bindings.conversation(&chat()).unwrap();
        assert_eq!(decided.at, Timestamp::from_seconds(1));
    }

    #[test]
    fn accepting_an_account_and_leaving_it_are_told_once_each() {
        let mut bindings = Bindings::default();
        let accept = |mode| Act::AcceptAccount {
            account: account(),
            mode,
        };
        let leave = Act::LeaveAccount { account: account() };
        for (act, audit) in [
            (leave.clone(), Audit::Unchanged),
            (accept(Mode::Mixed), Audit::Company("accepted")),
            (accept(Mode::Mixed), Audit::Unchanged),
            (accept(Mode::Company), Audit::Company("accepted")),
            (leave.clone(), Audit::Company("left")),
            (leave, Audit::Unchanged),
        ] {
            assert_eq!(bindings.apply(&change(1, act.clone())), audit, "{act:?}");
        }
        assert_eq!(bindings.account(&account()), None);
    }
}
