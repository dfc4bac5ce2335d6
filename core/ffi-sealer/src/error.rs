//! Why an item was not kept.

/// Why an item was not kept. Whoever delivered it keeps it: none of these means that it is lost.
#[derive(Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
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
        place: String,
    },
}

impl From<companion_sealer::SealerError> for SealerError {
    fn from(error: companion_sealer::SealerError) -> Self {
        use companion_sealer::SealerError as Inner;
        match error {
            Inner::NotNow => Self::NotNow,
            Inner::Full => Self::Full,
            Inner::NotEnrolled => Self::NotEnrolled,
            Inner::Internal { place } => Self::Internal {
                place: place.into(),
            },
        }
    }
}
