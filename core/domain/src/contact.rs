//! A contact: one person under several keys (phone number, BSUID, user name).
//!
//! Contacts are not stored as such. What is stored is which keys were joined; the contact is whatever hangs together.
//! So merging is idempotent and its order does not matter, and a split takes back exactly the joints between two sides.

use crate::event::{ContactChange, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What joins keys or parts them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ContactEvent {
    /// The channel gave these keys to one party.
    SeenTogether {
        /// The keys.
        keys: Vec<PartyKey>,
    },
    /// The channel says that one key took the place of another (a new number, a new BSUID).
    KeyChanged {
        /// The key before.
        old: PartyKey,
        /// The key now.
        new: PartyKey,
    },
    /// The employee says that two keys are one person's.
    Merged {
        /// A key of one contact.
        one: PartyKey,
        /// A key of the other.
        other: PartyKey,
    },
    /// The employee says that some keys of a contact are somebody else's.
    Split {
        /// The keys that leave.
        out: BTreeSet<PartyKey>,
    },
}

impl ContactEvent {
    /// What a channel's news says about keys, if anything.
    pub fn of(change: &ContactChange) -> Option<Self> {
        match change {
            ContactChange::Upsert(party) | ContactChange::IdentityChanged(party) => {
                Some(Self::SeenTogether {
                    keys: party.keys.clone(),
                })
            }
            ContactChange::KeyChanged { old, new } => Some(Self::KeyChanged {
                old: old.clone(),
                new: new.clone(),
            }),
            ContactChange::Remove(_) => None,
        }
    }
}

/// Which keys belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacts {
    /// Joints, each written once, the smaller key first.
    joined: BTreeSet<(PartyKey, PartyKey)>,
    /// Pairs that the employee parted; the channel does not join them again.
    parted: BTreeSet<(PartyKey, PartyKey)>,
}

impl Contacts {
    /// Takes in one event. Returns whether anything changed.
    pub fn apply(&mut self, event: &ContactEvent) -> bool {
        match event {
            ContactEvent::SeenTogether { keys } => {
                let pairs = keys.iter().zip(keys.iter().skip(1));
                pairs.fold(false, |changed, (one, other)| {
                    self.join(one, other) | changed
                })
            }
            ContactEvent::KeyChanged { old, new } => self.join(old, new),
            ContactEvent::Merged { one, other } => {
                let parted = self.parted.remove(&pair(one, other));
                self.join(one, other) | parted
            }
            ContactEvent::Split { out } => self.split(out),
        }
    }

    /// All keys of the person who has `key`, itself included.
    pub fn keys(&self, key: &PartyKey) -> BTreeSet<PartyKey> {
        let mut neighbours: BTreeMap<&PartyKey, Vec<&PartyKey>> = BTreeMap::new();
        for (one, other) in &self.joined {
            neighbours.entry(one).or_default().push(other);
            neighbours.entry(other).or_default().push(one);
        }
        let mut found = BTreeSet::from([key.clone()]);
        let mut open = vec![key];
        while let Some(key) = open.pop() {
            for other in neighbours.get(key).into_iter().flatten() {
                if found.insert((*other).clone()) {
                    open.push(other);
                }
            }
        }
        found
    }

    fn join(&mut self, one: &PartyKey, other: &PartyKey) -> bool {
        let pair = pair(one, other);
        one != other && !self.parted.contains(&pair) && self.joined.insert(pair)
    }

    fn split(&mut self, out: &BTreeSet<PartyKey>) -> bool {
        let people: BTreeSet<_> = out.iter().map(|key| self.keys(key)).collect();
        people.iter().fold(false, |changed, person| {
            let (leaving, staying): (Vec<_>, Vec<_>) =
                person.iter().partition(|key| out.contains(*key));
            if leaving.is_empty() || staying.is_empty() {
                return changed;
            }
            for (one, other) in leaving
                .iter()
                .flat_map(|one| staying.iter().map(move |other| (one, other)))
            {
                self.joined.remove(&pair(one, other));
                self.parted.insert(pair(one, other));
            }
            self.hold_together(&leaving);
            self.hold_together(&staying);
            true
        })
    }

    /// Joins anew those keys of one person that hung together only by a key of the other.
    fn hold_together(&mut self, person: &[&PartyKey]) {
        for (one, other) in person.iter().zip(person.iter().skip(1)) {
            if !self.keys(one).contains(other) {
                self.joined.insert(pair(one, other));
            }
        }
    }
}

fn pair(one: &PartyKey, other: &PartyKey) -> (PartyKey, PartyKey) {
    if one <= other {
        (one.clone(), other.clone())
    } else {
        (other.clone(), one.clone())
    }
}
