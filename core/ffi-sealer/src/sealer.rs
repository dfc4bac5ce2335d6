//! The sealer: each call hands over to the one in Rust.

use crate::error::SealerError;
use std::{
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

/// Keeps what an extension receives until the app takes it in. It reads nothing back. Any number of them may append at once,
/// in any number of processes.
#[derive(uniffi::Object)]
pub struct InboxSealer(companion_sealer::InboxSealer);

#[uniffi::export]
impl InboxSealer {
    /// A sealer for the folder that the app shares: the `shared` of its `OpenOptions`. The folder is looked at with each
    /// call, so that an enrolment may come, change or go while this process lives.
    ///
    /// # Errors
    /// `Internal` only.
    #[uniffi::constructor]
    pub fn open(shared: String) -> Result<Arc<Self>, SealerError> {
        guarded(|| {
            let sealer = companion_sealer::InboxSealer::open(shared.into());
            Ok(Arc::new(Self(sealer)))
        })
    }

    /// Keeps `item` for `reader`, such as `whatsapp_cloud`. Durable when it returns; taken in once, in the order of arrival,
    /// when the app next opens, resumes or synchronises.
    ///
    /// # Errors
    /// `NotNow` before the first unlock, `Full`, `NotEnrolled`: the item is not kept then.
    pub fn append(&self, reader: String, item: Vec<u8>) -> Result<(), SealerError> {
        guarded(|| Ok(self.0.append(&reader, &item)?))
    }

    /// What a locked screen may show of what arrives: `none channel sender full`, each more than the one before. A word that
    /// is not known is `none`.
    ///
    /// # Errors
    /// `NotNow` and `NotEnrolled`: nothing may be shown then.
    pub fn show(&self) -> Result<String, SealerError> {
        guarded(|| Ok(self.0.show()?.as_str().to_owned()))
    }
}

/// Runs `body`; a panic in it is `Internal`: beyond the door it would end the extension.
fn guarded<T>(body: impl FnOnce() -> Result<T, SealerError>) -> Result<T, SealerError> {
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        Err(SealerError::Internal {
            place: "panic".into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let place = "panic".to_owned();
        let ended = guarded::<()>(|| panic!("a defect"));
        assert_eq!(ended, Err(SealerError::Internal { place }));
    }

    #[test]
    fn where_nobody_is_enrolled_everything_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = InboxSealer::open(folder.path().to_str().unwrap().into()).unwrap();
        let kept = sealer.append("whatsapp_cloud".into(), b"{}".to_vec());
        assert_eq!(kept, Err(SealerError::NotEnrolled));
        assert_eq!(sealer.show(), Err(SealerError::NotEnrolled));
    }
}
