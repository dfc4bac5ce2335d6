//! The queues of two phones against a list that says the same in few words.

use super::{Ack, Page, Row, RowBody, TakenEvent, sweep};
use crate::{
    item::ItemMaker,
    store::{Connection, NewEnrolment},
};
use companion_crypto::{
    hpke::KeyPair,
    random::{Random, SeededRandom},
    secret::Key,
    sign::{Algorithm, SigningKey},
};
use companion_domain::{
    id::{AccountId, ChannelId, EnrolmentId, TenantId},
    time::Timestamp,
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(3600);
const PHONES: [&str; 2] = ["phone-a", "phone-b"];

#[derive(Clone, Debug)]
enum Step {
    /// One of few events, so that some come again.
    Event {
        name: u8,
        too_large: bool,
    },
    /// Acknowledges up to so many items beyond what is acknowledged; one of them may be refused.
    Ack {
        phone: usize,
        ahead: u64,
        refuse: Option<u64>,
    },
    /// As a phone that knows another life of the queue.
    StaleAck {
        phone: usize,
    },
    Pass {
        hours: u32,
    },
    Sweep,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let phone = 0..PHONES.len();
    vec(
        prop_oneof![
            8 => (0..12_u8, prop::bool::weighted(0.1))
                .prop_map(|(name, too_large)| Step::Event { name, too_large }),
            3 => (phone.clone(), 0..6_u64, prop::option::of(0..6_u64))
                .prop_map(|(phone, ahead, refuse)| Step::Ack { phone, ahead, refuse }),
            1 => phone.prop_map(|phone| Step::StaleAck { phone }),
            2 => (1..400_u32).prop_map(|hours| Step::Pass { hours }),
            1 => Just(Step::Sweep),
        ],
        1..60,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn queues_number_acknowledge_and_expire_as_the_model_says(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step)?;
            world.compare()?;
        }
    }
}

/// A queue, as it should be: item n has the number n.
#[derive(Default)]
struct Model {
    items: Vec<Item>,
    acked: usize,
}

struct Item {
    /// `None`: a declared gap.
    name: Option<u8>,
    at: Timestamp,
    refused: bool,
}

struct World {
    store: Connection,
    maker: ItemMaker,
    now: Timestamp,
    phones: [Model; 2],
    inboxes: [String; 2],
    seen: BTreeMap<u8, Timestamp>,
}

impl World {
    fn new() -> Self {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
        let key = || SigningKey::generate(&*random, Algorithm::Ed25519).unwrap();
        let maker = ItemMaker::new(TenantId::new("acme"), Arc::new(key()), random.clone());
        let store = Connection::open_in_memory().unwrap();
        store.execute_batch(include_str!("../schema.sql")).unwrap();
        let inboxes = PHONES.map(|phone| {
            let new = NewEnrolment {
                id: EnrolmentId::new(phone),
                device: key().public().clone(),
                inbox_key: KeyPair::derive(&Key::random(&*random)).public(),
                inbox: maker.random_id(),
                accounts: vec![(ChannelId::new("whatsapp"), AccountId::new("acme"))],
            };
            new.enter(&store).unwrap();
            new.inbox
        });
        Self {
            store,
            maker,
            now: Timestamp::from_seconds(1_767_323_045),
            phones: Default::default(),
            inboxes,
            seen: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Event { name, too_large } => self.event(name, too_large),
            Step::Ack {
                phone,
                ahead,
                refuse,
            } => self.ack(phone, ahead, refuse),
            Step::StaleAck { phone } => {
                let inbox = self.maker.random_id();
                let ack = self.acknowledge(phone, &inbox, 1, &[]);
                prop_assert!(matches!(ack, Ack::OtherInbox));
                Ok(())
            }
            Step::Pass { hours } => {
                self.now = self.now + HOUR * hours;
                Ok(())
            }
            Step::Sweep => {
                while sweep(&self.store, self.now).unwrap() {}
                let now = self.now;
                self.seen.retain(|_, at| now.since(*at) < HOUR * 24 * 8);
                Ok(())
            }
        }
    }

    fn event(&mut self, name: u8, too_large: bool) -> Result<(), TestCaseError> {
        let size = if too_large { 256 * 1024 + 1 } else { 10 };
        let event = TakenEvent {
            channel: ChannelId::new("whatsapp"),
            account: AccountId::new("acme"),
            key: [name; 32],
            id: name.to_string(),
            verified: "hmac-sha256",
            raw: vec![b'a'; size],
        };
        let taken = event.take(&self.store, &self.maker, self.now).unwrap();
        prop_assert_eq!(taken.duplicate, self.seen.contains_key(&name));
        if taken.duplicate {
            return Ok(());
        }
        self.seen.insert(name, self.now);
        for phone in &mut self.phones {
            phone.items.push(Item {
                name: Some(name).filter(|_| !too_large),
                at: self.now,
                refused: false,
            });
        }
        Ok(())
    }

    fn ack(&mut self, phone: usize, ahead: u64, refuse: Option<u64>) -> Result<(), TestCaseError> {
        let model = &self.phones[phone];
        let acked = model.acked as u64;
        let through = acked + ahead;
        let refused: Vec<_> = refuse
            .map(|further| (acked + further, "item.seal".to_owned()))
            .into_iter()
            .collect();
        let inbox = self.inboxes[phone].clone();
        let ack = self.acknowledge(phone, &inbox, through, &refused);
        let model = &mut self.phones[phone];
        if through > model.items.len() as u64 {
            prop_assert!(matches!(ack, Ack::BeyondEnd));
            return Ok(());
        }
        prop_assert!(matches!(ack, Ack::Through(to) if to == through));
        for (seq, _) in refused {
            let place = (seq as usize).checked_sub(1);
            let item = place.filter(|place| *place >= model.acked);
            if let Some(item) = item.and_then(|place| model.items.get_mut(place)) {
                item.refused = true;
            }
        }
        model.acked = through as usize;
        Ok(())
    }

    fn acknowledge(
        &self,
        phone: usize,
        inbox: &str,
        through: u64,
        refused: &[(u64, String)],
    ) -> Ack {
        let enrolment = EnrolmentId::new(PHONES[phone]);
        let to = (inbox, through);
        Ack::take(&self.store, &self.maker, self.now, &enrolment, to, refused).unwrap()
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        for (phone, model) in self.phones.iter().enumerate() {
            let rows = self.rows(phone);
            prop_assert_eq!(rows.len(), model.items.len() - model.acked);
            for (row, (place, item)) in rows
                .iter()
                .zip(model.items.iter().enumerate().skip(model.acked))
            {
                prop_assert_eq!(row.seq, place as u64 + 1);
                let expired = (item.at + HOUR * 24 * 30).seconds() <= self.now.seconds();
                let kind = match item.name {
                    _ if expired => "tombstone",
                    Some(_) => "event",
                    None => "overflow",
                };
                prop_assert_eq!(row.kind.as_str(), kind);
                prop_assert_eq!(matches!(row.body, RowBody::Tombstone(_)), expired);
                if let Some(name) = item.name {
                    prop_assert_eq!(&row.id, &name.to_string());
                }
            }
            // An event that comes again after its key was forgotten has the id that it had.
            let refused: BTreeSet<(Option<u8>, usize)> = model
                .items
                .iter()
                .enumerate()
                .filter(|(_, item)| item.refused)
                .map(|(place, item)| (item.name, item.name.map_or(place, |_| 0)))
                .collect();
            let count = "SELECT count(*) FROM dead_letter WHERE enrolment = ?1";
            prop_assert_eq!(self.number(count, phone), refused.len() as u64);
            let counted = "SELECT bytes FROM enrolment WHERE enrolment = ?1";
            let there = "SELECT coalesce(sum(length(sealed)), 0) FROM item WHERE enrolment = ?1";
            prop_assert_eq!(self.number(counted, phone), self.number(there, phone));
        }
        Ok(())
    }

    /// A phone's queue, read in small pages.
    fn rows(&self, phone: usize) -> Vec<Row> {
        let enrolment = EnrolmentId::new(PHONES[phone]);
        let mut rows = Vec::new();
        let mut after = 0;
        loop {
            let inbox = Some(self.inboxes[phone].as_str());
            let page = Page::read(&self.store, &enrolment, inbox, after, 3, self.now).unwrap();
            rows.extend(page.rows);
            after = page.next;
            if !page.more {
                return rows;
            }
        }
    }

    fn number(&self, query: &str, phone: usize) -> u64 {
        let row = self
            .store
            .query_row(query, [PHONES[phone]], |row| row.get(0));
        row.unwrap()
    }
}
