//! What the slots say: whether the employee can open `D`.

use super::{State, Why};
use crate::passcode::Attempts;

/// A slot and the hardware key behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// There is no such slot.
    Absent,
    /// Its hardware key is there.
    Alive,
    /// Its hardware key cannot be asked now, which says nothing about later.
    NotNow,
    /// Its hardware key is gone for good.
    Gone,
}

/// The slots that the employee can open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// The passcode's.
    pub passcode: Way,
    /// The biometric one. That it goes when a finger is added is a normal event.
    pub biometric: Way,
}

impl Ways {
    /// Whether a new passcode must be set while the biometric slot still opens: engage [`super::Cause::Policy`].
    pub fn new_passcode_due(&self) -> bool {
        matches!(self.passcode, Way::Gone | Way::Absent) && self.biometric == Way::Alive
    }

    fn open_later(&self) -> bool {
        let opens = |way| matches!(way, Way::Alive | Way::NotNow);
        opens(self.passcode) || opens(self.biometric)
    }
}

/// Why recovery is needed, if it is: for [`super::Input::Started`] and after a slot failed. Slots that are absent as
/// they should be are not missed.
pub fn lost(state: &State, ways: &Ways, attempts: &Attempts) -> Option<Why> {
    let none_expected = matches!(state, State::NoPasscodeYet { .. }) || state.locks().hold_hard();
    let gone = [ways.passcode, ways.biometric].contains(&Way::Gone);
    if none_expected {
        None
    } else if !ways.open_later() && gone {
        Some(Why::KeystoreGone)
    } else if !ways.open_later() {
        Some(Why::SlotsMissing)
    } else {
        attempts.used_up().then_some(Why::TriesUsedUp)
    }
}
