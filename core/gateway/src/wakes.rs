//! Hints to waiting long polls that their queue grew. A lost hint costs a few seconds, since every poll looks again.

use companion_domain::id::EnrolmentId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Notify;

/// The polls that wait, by enrolment.
#[derive(Default)]
pub(crate) struct Wakes(Mutex<BTreeMap<EnrolmentId, Weak<Notify>>>);

impl Wakes {
    /// What a poll of `enrolment` waits for; it is forgotten with the last poll.
    pub(crate) fn of(&self, enrolment: &EnrolmentId) -> Arc<Notify> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = waiting.get(enrolment).and_then(Weak::upgrade) {
            return known;
        }
        waiting.retain(|_, poll| poll.strong_count() > 0);
        let wake = Arc::new(Notify::new());
        waiting.insert(enrolment.clone(), Arc::downgrade(&wake));
        wake
    }

    /// Wakes the polls of these enrolments.
    pub(crate) fn wake<'a>(&self, enrolments: impl IntoIterator<Item = &'a EnrolmentId>) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for enrolment in enrolments {
            if let Some(poll) = waiting.get(enrolment).and_then(Weak::upgrade) {
                poll.notify_waiters();
            }
        }
    }
}
