//! A list that is read page by page: its last content stays while it is read again.

use companion_domain::time::Timestamp;
use companion_engine::{CompanionError, values::Paged};

/// How the reading of something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing came yet, asked for since then.
    Asked(Timestamp),
    /// It is there.
    Here,
    /// It could not be read.
    Failed(CompanionError),
}

/// A list with the row that is chosen.
pub struct Listing<T> {
    /// What is known.
    pub items: Vec<T>,
    /// How its reading stands.
    pub status: Status,
    /// The row that is chosen.
    pub chosen: usize,
    /// How many pages are read.
    pub pages: usize,
    /// Whether there are more.
    pub more: bool,
}

impl<T> Listing<T> {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            items: Vec::new(),
            status: Status::Asked(now),
            chosen: 0,
            pages: 1,
            more: false,
        }
    }

    /// The row that is chosen.
    pub fn chosen(&self) -> Option<&T> {
        self.items.get(self.chosen)
    }

    /// Takes what was read. What was chosen stays so wherever it stands now: a list that moved must not put something
    /// else under the next key.
    pub(super) fn take<K: PartialEq>(
        &mut self,
        read: Result<Paged<T>, CompanionError>,
        key: impl Fn(&T) -> &K,
    ) {
        match read {
            Ok(page) => {
                let mut items = page.items.iter();
                let chosen = self.chosen().map(&key);
                let again = items.position(|item| Some(key(item)) == chosen);
                let last = page.items.len().saturating_sub(1);
                self.chosen = again.unwrap_or_else(|| self.chosen.min(last));
                self.more = page.next.is_some();
                self.items = page.items;
                self.status = Status::Here;
            }
            Err(error) => self.status = Status::Failed(error),
        }
    }

    /// Moves the choice; whether another page is wanted.
    pub(super) fn go(&mut self, down: bool) -> bool {
        self.chosen = step(self.chosen, down, self.items.len());
        let wanted = down && self.more && self.chosen + 1 == self.items.len();
        self.pages += usize::from(wanted);
        wanted
    }
}

/// The place after or before `at` among `count`.
pub(super) fn step(at: usize, down: bool, count: usize) -> usize {
    if down {
        (at + 1).min(count.saturating_sub(1))
    } else {
        at.saturating_sub(1)
    }
}
