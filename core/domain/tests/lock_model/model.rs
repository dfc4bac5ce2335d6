//! What a phone should do, written down a second time from the text: by what runs out and what is still in the
//! way, instead of by states and moments.

mod codes;

use super::{DAY, Event, HOUR, MINUTE};
use std::collections::BTreeSet;

/// What can be in the way, strictest first, and the word that people get.
const RANKS: [(&str, &str); 10] = [
    ("hard", "order.lock_hard"),
    ("order", "order.lock"),
    ("integrity", "lock.integrity"),
    ("lease", "lease.over"),
    ("policy", "passcode.change_due"),
    ("boot", "lock.boot"),
    ("host", "lock.now"),
    ("idle", "idle.foreground"),
    ("background", "idle.background"),
    ("lifted", "lock.lifted"),
];
/// What an unlock ends.
const UNLOCK: [&str; 5] = ["boot", "host", "idle", "background", "lifted"];

/// A contact with the company, and what has run since.
#[derive(Clone, Default)]
struct Contact {
    ran: i64,
    reboots: i64,
    server: Option<i64>,
}

/// How a code or a finger fared.
type Tried = Result<(), String>;

pub struct Model {
    recovery: bool,
    unseen: i64,
    server: i64,
    /// The newest server time, and what it shows by now at least.
    heard: Option<(i64, i64)>,
    contact: Contact,
    prepared: Option<(i64, Contact)>,
    disabled: bool,
    asleep: bool,
    long_codes: bool,
    joined: bool,
    code: Option<usize>,
    code_key: bool,
    finger: Option<bool>,
    failures: usize,
    cooling: i64,
    known_wrong: BTreeSet<usize>,
    in_the_way: BTreeSet<(usize, usize)>,
    lost: Option<&'static str>,
    wipe: Option<&'static str>,
    open: bool,
    idle: i64,
    away: Option<i64>,
}

impl Model {
    pub fn new(recovery: bool) -> Self {
        Self {
            recovery,
            unseen: 0,
            server: 1_767_323_045_000,
            heard: None,
            contact: Contact::default(),
            prepared: None,
            disabled: false,
            asleep: false,
            long_codes: false,
            joined: false,
            code: None,
            code_key: false,
            finger: None,
            failures: 0,
            cooling: 0,
            known_wrong: BTreeSet::new(),
            in_the_way: BTreeSet::new(),
            lost: None,
            wipe: None,
            open: false,
            idle: 0,
            away: None,
        }
    }

    pub fn happen(&mut self, event: &Event) -> String {
        match event {
            Event::Pass { ms } => return self.pass(*ms),
            Event::Clock { .. } => return String::new(), // a wrong clock does nothing
            Event::Reboot { off, on } => return self.reboot(*off, *on),
            Event::Death => return self.start(),
            _ => self.look(),
        }
        match event {
            Event::Suspend | Event::Resume | Event::Touch => {
                let late = self.nobody_there();
                if matches!(event, Event::Suspend) {
                    self.away.get_or_insert(0);
                } else if !late {
                    self.idle = 0;
                }
                if matches!(event, Event::Resume) {
                    self.away = None;
                }
                return String::new();
            }
            _ => self.nobody_there(),
        };
        match event {
            Event::Try { code, killed } => self.unlock(*code, *killed).map(|()| "opened"),
            Event::Finger => self.unlock_by_finger().map(|()| "opened"),
            Event::Set { old, new, finger } => self.set(*old, *new, *finger).map(|()| "set"),
            Event::Recover { new } => self.recover(*new).map(|()| "recovered"),
            Event::Contact { takes, prepare } => self.meet(*takes, *prepare).map(|()| "renewed"),
            Event::Replay { .. } => Ok("not heard"),
            Event::Order { hard: true, .. } if !self.recovery && self.wipe.is_none() => {
                Ok("refused order.hard_refused")
            }
            _ => {
                self.simple(event);
                Ok("")
            }
        }
        .map_or_else(|no| no, str::to_owned)
    }

    fn simple(&mut self, event: &Event) {
        match event {
            Event::Disabled { signed } => {
                if *signed && self.heard.is_none_or(|(newest, _)| self.server > newest) {
                    self.heard = Some((self.server, self.server));
                }
                self.disabled = true;
            }
            Event::Asleep(asleep) => self.asleep = *asleep,
            Event::Lose { passcode, finger } => {
                self.code_key &= !passcode;
                self.finger = self.finger.map(|alive| alive && !finger);
            }
            Event::LockNow => self.lock("host", 0),
            Event::Order { jti, hard } => self.lock(if *hard { "hard" } else { "order" }, *jti),
            Event::OrderEnded { jti } => self.lift("order", *jti),
            Event::Integrity { sound: true } => self.lift("integrity", 0),
            Event::Integrity { sound: false } => self.lock("integrity", 0),
            Event::Policy { long_codes } => {
                self.long_codes = *long_codes;
                if !long_codes {
                    self.lift("policy", 0);
                }
            }
            Event::Wipe => self.destroy(),
            Event::WipeDone if self.wipe.is_some() => self.wipe = Some("wiped"),
            _ => {}
        }
    }

    pub fn report(&self) -> String {
        let word = if let Some(wipe) = self.wipe {
            wipe
        } else if self.lost.is_some() {
            "recovery_needed"
        } else if !self.joined {
            "no_passcode_yet"
        } else if self.open {
            "unlocked"
        } else {
            "locked"
        };
        let mut told = match word {
            "wiped" => vec!["wipe.done"],
            "wiping" => vec!["wipe.running"],
            "no_passcode_yet" => vec!["passcode.not_set"],
            _ => self.lost.into_iter().collect(),
        };
        if self.wipe.is_none() {
            told.extend(self.in_the_way.iter().map(|(rank, _)| RANKS[*rank].1));
        }
        let left = self.lease_left();
        let lease = match left {
            0 if self.may_destroy() => "destroyable".into(),
            0 => "over".into(),
            left => left.to_string(),
        };
        let notices = [24 * HOUR, HOUR, 15 * MINUTE].map(|notice| usize::from(left > notice));
        format!(
            "{word} {told:?} D {} lease {lease} notices {} {} passcode {} finger {} sends {}",
            self.open,
            notices.iter().sum::<usize>(),
            self.tries(),
            self.code.is_some(),
            self.finger.is_some(),
            self.wipe.is_none(),
        )
    }

    /// Whether only the company can open it from here.
    pub fn must_recover(&self) -> bool {
        self.joined && self.recovery && (self.lost.is_some() || !self.code_key || self.is("hard"))
    }

    pub fn can_be_opened(&self) -> bool {
        self.wipe.is_none() && self.code_key && self.lost.is_none() && !self.is("hard")
    }

    fn pass(&mut self, ms: i64) -> String {
        self.unseen += ms;
        self.server += ms;
        String::new()
    }

    /// What ran unseen before it is lost; what it runs since is seen.
    fn reboot(&mut self, off: i64, on: i64) -> String {
        self.unseen = 0;
        self.server += off;
        let prepared = self.prepared.iter_mut().map(|(_, contact)| contact);
        for contact in prepared.chain([&mut self.contact]) {
            contact.reboots += 1;
        }
        self.pass(on);
        self.start()
    }

    fn look(&mut self) {
        let ran = std::mem::take(&mut self.unseen);
        self.cooling = (self.cooling - ran).max(0);
        self.idle += ran;
        self.away = self.away.map(|away| away + ran);
        self.heard = self.heard.map(|(newest, now)| (newest, now + ran));
        let prepared = self.prepared.iter_mut().map(|(_, contact)| contact);
        for contact in prepared.chain([&mut self.contact]) {
            contact.ran += ran;
        }
        if self.lease_left() == 0 {
            self.lock("lease", 0);
        }
    }

    fn start(&mut self) -> String {
        self.open = false;
        self.known_wrong.clear();
        self.look();
        if self.wipe.is_some() {
            return String::new();
        }
        let lost = self.joined.then(|| self.what_is_lost()).flatten();
        if lost.is_some() {
            self.lose(lost);
        } else if self.joined {
            self.lost = None;
            self.lock("boot", 0);
        }
        if self.lease_left() == 0 && self.may_destroy() {
            self.destroy();
        }
        String::new()
    }

    /// Locks what was left alone for too long.
    fn nobody_there(&mut self) -> bool {
        let away = self.away.is_some_and(|away| away > 5 * MINUTE);
        let late = away || self.idle > 15 * MINUTE;
        if self.open && late {
            self.lock(if away { "background" } else { "idle" }, 0);
        }
        late
    }

    fn used(&self, contact: &Contact) -> i64 {
        let counted = contact.ran + contact.reboots * HOUR;
        counted.max(self.by_server(contact))
    }

    fn by_server(&self, contact: &Contact) -> i64 {
        match (self.heard, contact.server) {
            (Some((_, now)), Some(then)) if contact.reboots > 0 => now - then,
            _ => 0,
        }
    }

    fn lease_left(&self) -> i64 {
        let prepared = self.prepared.iter();
        let prepared = prepared.map(|(span, since)| (*span).min(7 * DAY) - self.used(since));
        let ordinary = 72 * HOUR - self.used(&self.contact);
        prepared.chain([ordinary, 0]).max().unwrap_or(0)
    }

    fn may_destroy(&self) -> bool {
        let silent = self.contact.ran.max(self.by_server(&self.contact));
        self.disabled && silent >= 90 * DAY
    }

    fn meet(&mut self, takes: i64, prepare: Option<i64>) -> Tried {
        self.pass(takes / 2);
        let time = self.server;
        self.pass(takes - takes / 2);
        self.look();
        if self.heard.is_some_and(|(newest, _)| time <= newest) {
            return Err("not heard".into());
        }
        self.heard = Some((time, time));
        self.contact = Contact {
            ran: takes,
            reboots: 0,
            server: Some(time),
        };
        if let Some(span) = prepare {
            self.prepared = Some((span, self.contact.clone()));
        }
        self.disabled = false;
        self.lift("lease", 0);
        Ok(())
    }

    fn is(&self, word: &str) -> bool {
        self.in_the_way
            .iter()
            .any(|(rank, _)| RANKS[*rank].0 == word)
    }

    fn lock(&mut self, word: &str, jti: usize) {
        let closed_anyway = self.lost.is_some() || !self.joined;
        if self.wipe.is_some() || closed_anyway && UNLOCK.contains(&word) {
            return;
        }
        let rank = RANKS.iter().position(|(known, _)| *known == word);
        self.in_the_way.insert((rank.unwrap_or(RANKS.len()), jti));
        self.open = false;
        if word == "hard" {
            self.code = None;
            self.code_key = false;
            self.finger = None;
        }
    }

    fn lift(&mut self, word: &str, jti: usize) {
        let before = self.in_the_way.len();
        self.in_the_way
            .retain(|(rank, of)| RANKS[*rank].0 != word || *of != jti);
        if before > 0 && self.in_the_way.is_empty() {
            self.lock("lifted", 0);
        }
    }

    /// What stays in the way of somebody who has all that `ends` names.
    fn stays(&self, ends: &[&str]) -> Tried {
        if let Some(wipe) = self.wipe {
            let word = if wipe == "wiped" { "done" } else { "running" };
            return Err(format!("refused wipe.{word}"));
        }
        let mut stays = self.in_the_way.iter().map(|(rank, _)| RANKS[*rank]);
        let stays = stays.find(|(word, _)| !ends.contains(word));
        stays.map_or(Ok(()), |(_, told)| Err(format!("refused {told}")))
    }

    fn lose(&mut self, lost: Option<&'static str>) {
        if lost.is_some() && self.wipe.is_none() {
            self.lost = lost;
            self.open = false;
            self.in_the_way
                .retain(|(rank, _)| !UNLOCK.contains(&RANKS[*rank].0));
        }
    }

    fn what_is_lost(&self) -> Option<&'static str> {
        let later = self.asleep;
        let by_code = self.code.is_some() && (self.code_key || later);
        let by_finger = self.finger.is_some_and(|alive| alive || later);
        if self.is("hard") {
            None
        } else if by_code || by_finger {
            (self.failures == 10).then_some("passcode.used_up")
        } else if self.code.is_some() || self.finger.is_some() {
            Some("keystore.gone")
        } else {
            Some("slots.missing")
        }
    }

    fn destroy(&mut self) {
        if self.wipe.is_none() {
            self.wipe = Some("wiping");
            self.open = false;
            self.code = None;
            self.code_key = false;
            self.finger = None;
        }
    }
}
