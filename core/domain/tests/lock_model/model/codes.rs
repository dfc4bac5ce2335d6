//! Codes, fingers and what they open.

use super::{Model, RANKS, Tried, UNLOCK};
use crate::{LONG, MINUTE, SECOND};

/// What a new passcode ends, set by who knows the old one.
const CHANGE: [&str; 6] = ["boot", "host", "idle", "background", "lifted", "policy"];
/// What a recovery answer ends.
const RECOVERY: [&str; 7] = [
    "boot",
    "host",
    "idle",
    "background",
    "lifted",
    "policy",
    "hard",
];
/// How long to wait after so many wrong tries in a row.
const WAITS: [i64; 11] = [
    0,
    0,
    0,
    0,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    15 * MINUTE,
    15 * MINUTE,
    15 * MINUTE,
];

impl Model {
    pub(super) fn unlock(&mut self, code: usize, killed: bool) -> Tried {
        self.may_unlock()?;
        self.check(code, killed)?;
        if self.long_codes && code < LONG {
            self.lock("policy", 0);
            return Err("refused passcode.too_short".into());
        }
        self.opened(&UNLOCK);
        Ok(())
    }

    fn may_unlock(&self) -> Tried {
        if self.wipe.is_some() {
            self.stays(&[])
        } else if let Some(lost) = self.lost {
            Err(format!("refused {lost}"))
        } else if !self.joined {
            Err("refused passcode.not_set".into())
        } else {
            self.stays(&UNLOCK)
        }
    }

    fn check(&mut self, code: usize, killed: bool) -> Tried {
        if self.asleep {
            return Err("not now".into());
        }
        if !self.code_key {
            self.key_failed();
            return Err("the slot failed".into());
        }
        if self.cooling > 0 {
            return Err(format!("wait {}", self.tries()));
        }
        if self.known_wrong.contains(&code) {
            return Err(format!("known wrong {}", self.tries()));
        }
        // The try counts before anyone knows how it ends.
        self.failures += 1;
        self.cooling = WAITS[self.failures];
        if killed {
            self.start();
            return Err("killed".into());
        }
        if self.code == Some(code) {
            self.forget_failures();
            return Ok(());
        }
        self.known_wrong.insert(code);
        if self.failures == 10 {
            self.lose(Some("passcode.used_up"));
        }
        Err(format!("wrong {}", self.tries()))
    }

    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
        self.cooling = 0;
    }

    pub(super) fn tries(&self) -> String {
        format!("tries {} wait {}", 10 - self.failures, self.cooling)
    }

    fn key_failed(&mut self) {
        let lost = self.what_is_lost();
        self.lose(lost);
        if lost.is_none() && self.finger == Some(true) {
            self.lock("policy", 0);
        }
    }

    pub(super) fn unlock_by_finger(&mut self) -> Tried {
        self.may_unlock()?;
        match self.finger {
            _ if self.asleep => return Err("not now".into()),
            None => return Err("no finger".into()),
            Some(false) => {
                self.finger = None;
                if !self.code_key {
                    self.key_failed();
                }
                return Err("finger changed".into());
            }
            Some(true) => {}
        }
        if !self.code_key {
            self.lock("policy", 0);
            return Err("refused passcode.change_due".into());
        }
        self.opened(&UNLOCK);
        Ok(())
    }

    pub(super) fn set(&mut self, old: Option<usize>, new: usize, finger: bool) -> Tried {
        if let (Some(lost), None) = (self.lost, self.wipe) {
            return Err(format!("refused {lost}"));
        }
        self.stays(&CHANGE)?;
        if !self.joined {
            if self.asleep {
                return Err("not now".into());
            }
        } else if let Some(old) = old {
            self.check(old, false)?;
        } else if self.asleep || self.finger != Some(true) {
            return Err("no proof".into());
        }
        self.judge(new)?;
        if self.code == Some(new) {
            return Err("refused passcode.recent".into());
        }
        self.joined = true;
        let finger = finger || self.finger.is_some();
        self.made(new, finger, &CHANGE);
        Ok(())
    }

    pub(super) fn recover(&mut self, new: usize) -> Tried {
        if !self.recovery || !self.joined && self.lost.is_none() && self.wipe.is_none() {
            return Err("no recovery".into());
        }
        self.stays(&RECOVERY)?;
        if self.asleep {
            return Err("not now".into());
        }
        self.judge(new)?;
        self.lost = None;
        self.made(new, false, &RECOVERY);
        Ok(())
    }

    fn judge(&self, new: usize) -> Tried {
        let short = self.long_codes && new < LONG;
        (!short)
            .then_some(())
            .ok_or("refused passcode.too_short".into())
    }

    fn made(&mut self, code: usize, finger: bool, ends: &[&str]) {
        self.code = Some(code);
        self.code_key = true;
        self.finger = finger.then_some(true);
        self.forget_failures();
        self.known_wrong.clear();
        self.opened(ends);
    }

    fn opened(&mut self, ends: &[&str]) {
        self.in_the_way
            .retain(|(rank, _)| !ends.contains(&RANKS[*rank].0));
        self.open = true;
        self.idle = 0;
        self.away = None;
    }
}
