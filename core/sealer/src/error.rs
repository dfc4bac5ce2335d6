//! The few errors.

use std::io;

/// Linux' word for a file whose key is not there, since nobody unlocked the phone yet.
const ENOKEY: i32 = 126;

/// Why an item was not kept. Whoever delivered it keeps it: none of these means that it is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealerError {
    /// The phone was not unlocked since it started, so its files are out of reach. Later they are not.
    #[error("the files cannot be reached before the first unlock")]
    NotNow,
    /// The folder holds as much as it may, or the phone's storage is full: the app must take in what waits.
    #[error("the inbox is full")]
    Full,
    /// Nobody is enrolled here, or what says who is damaged: the app writes it anew when it opens.
    #[error("not enrolled")]
    NotEnrolled,
    /// A defect, or a disk that fails.
    #[error("internal error at {place}")]
    Internal {
        /// Where.
        place: &'static str,
    },
}

impl SealerError {
    /// What a failure of the file system at `place` means.
    pub(crate) fn of(place: &'static str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotEnrolled,
            io::ErrorKind::PermissionDenied => Self::NotNow,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ if cfg!(target_os = "android") && error.raw_os_error() == Some(ENOKEY) => {
                Self::NotNow
            }
            _ => Self::Internal { place },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the systems number them.
    #[test]
    fn each_failure_of_a_file_system_says_whether_waiting_helps() {
        let internal = SealerError::Internal { place: "here" };
        for (number, meant) in [
            (1, SealerError::NotNow),  // EPERM: what iOS answers before the first unlock
            (13, SealerError::NotNow), // EACCES
            (2, SealerError::NotEnrolled), // ENOENT
            (28, SealerError::Full),   // ENOSPC
            (5, internal),             // EIO
            (20, internal),            // ENOTDIR
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(SealerError::of("here", &error), meant, "{number}");
        }
    }
}
