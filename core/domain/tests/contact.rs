//! Contacts: who is one person, whatever the order in which we learn it.

use companion_domain::{
    contact::{ContactEvent, Contacts},
    event::{ContactChange, Party, PartyKey, PartyKind},
};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeSet;

#[test]
fn the_keys_of_one_party_are_one_person() {
    let party = Party {
        keys: vec![key(0), key(1), key(2)],
        name: None,
        kind: PartyKind::Customer,
    };
    let contacts = after(ContactEvent::of(&ContactChange::Upsert(party)));
    assert_eq!(contacts.keys(&key(2)), keys([0, 1, 2]));
    assert_eq!(contacts.keys(&key(3)), keys([3]));
}

#[test]
fn a_new_number_is_the_same_person() {
    let changed = |old, new| {
        ContactEvent::of(&ContactChange::KeyChanged {
            old: key(old),
            new: key(new),
        })
    };
    let contacts = after(changed(0, 1).into_iter().chain(changed(1, 2)));
    assert_eq!(contacts.keys(&key(0)), keys([0, 1, 2]));
}

#[test]
fn leaving_the_phone_book_parts_nobody() {
    let party = Party {
        keys: vec![key(0)],
        name: None,
        kind: PartyKind::Customer,
    };
    assert_eq!(ContactEvent::of(&ContactChange::Remove(party)), None);
}

#[test]
fn the_channel_does_not_undo_the_employees_split() {
    let mut contacts = after([together(&[0, 1]), split([1])]);
    assert!(!contacts.apply(&together(&[0, 1])));
    assert!(!contacts.apply(&ContactEvent::KeyChanged {
        old: key(1),
        new: key(0)
    }));
    assert_eq!(contacts.keys(&key(0)), keys([0]));
    assert!(
        contacts.apply(&merged(1, 0)),
        "the employee may change their mind"
    );
    assert_eq!(contacts.keys(&key(0)), keys([0, 1]));
}

#[test]
fn both_sides_of_a_split_stay_whole() {
    let star = [merged(0, 2), merged(1, 2), merged(3, 2), merged(4, 2)];
    let mut contacts = after(star);
    contacts.apply(&split([2, 3]));
    assert_eq!(contacts.keys(&key(2)), keys([2, 3]));
    assert_eq!(contacts.keys(&key(0)), keys([0, 1, 4]));
    let mut contacts = after([merged(0, 2), merged(1, 2), merged(3, 2)]);
    contacts.apply(&split([0, 1]));
    assert_eq!(
        contacts.keys(&key(0)),
        keys([0, 1]),
        "they hung together by the key that stayed"
    );
}

#[test]
fn contacts_survive_being_stored() {
    let contacts = after([together(&[0, 1, 2]), split([2]), merged(3, 0)]);
    let json = serde_json::to_string(&contacts).unwrap();
    assert_eq!(serde_json::from_str::<Contacts>(&json).unwrap(), contacts);
}

proptest! {
    #[test]
    fn merging_twice_or_in_another_order_is_the_same(
        merges in vec((0..6u8, 0..6u8), 0..8),
        order in any::<prop::sample::Index>(),
    ) {
        let forward = after(merges.iter().map(|(one, other)| merged(*one, *other)));
        let mut turned = merges.clone();
        turned.rotate_left(order.index(merges.len().max(1)));
        turned.reverse();
        let turned = turned.iter().flat_map(|(one, other)| [merged(*other, *one), merged(*one, *other)]);
        prop_assert_eq!(after(turned), forward);
    }

    #[test]
    fn a_split_takes_a_merge_back(
        left in vec((0..4u8, 0..4u8), 0..6),
        right in vec((4..8u8, 4..8u8), 0..6),
        one in 0..4u8,
        other in 4..8u8,
    ) {
        let before = after(left.iter().chain(&right).map(|(one, other)| merged(*one, *other)));
        let mut contacts = before.clone();
        contacts.apply(&merged(one, other));
        prop_assert!(contacts.keys(&key(one)).contains(&key(other)));
        contacts.apply(&ContactEvent::Split { out: before.keys(&key(other)) });
        for n in 0..8 {
            prop_assert_eq!(contacts.keys(&key(n)), before.keys(&key(n)));
        }
    }
}

fn after(events: impl IntoIterator<Item = ContactEvent>) -> Contacts {
    let mut contacts = Contacts::default();
    for event in events {
        contacts.apply(&event);
    }
    contacts
}

fn together(numbers: &[u8]) -> ContactEvent {
    ContactEvent::SeenTogether {
        keys: numbers.iter().map(|n| key(*n)).collect(),
    }
}

fn merged(one: u8, other: u8) -> ContactEvent {
    ContactEvent::Merged {
        one: key(one),
        other: key(other),
    }
}

fn split<const N: usize>(out: [u8; N]) -> ContactEvent {
    ContactEvent::Split { out: keys(out) }
}

fn keys<const N: usize>(numbers: [u8; N]) -> BTreeSet<PartyKey> {
    numbers.map(key).into()
}

fn key(n: u8) -> PartyKey {
    let kind = if n.is_multiple_of(2) {
        "phone"
    } else {
        "wa_user"
    };
    PartyKey {
        kind: kind.into(),
        value: n.to_string(),
    }
}
