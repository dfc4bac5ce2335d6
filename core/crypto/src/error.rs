/// Why something was not done. The words are fixed, so that no content can slip into a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// It has the right form, and the keys or the rules at hand say no.
    #[error("refused: {what}")]
    Refused {
        /// The rule that said no.
        what: &'static str,
    },
    /// It does not have the form that it must have.
    #[error("malformed: {place}")]
    Malformed {
        /// The part that is wrong.
        place: &'static str,
    },
    /// The cryptographic library could not do its work.
    #[error("failed: {step}")]
    Failed {
        /// The step that failed.
        step: &'static str,
    },
}

pub(crate) fn refused(what: &'static str) -> CryptoError {
    CryptoError::Refused { what }
}

pub(crate) fn malformed(place: &'static str) -> CryptoError {
    CryptoError::Malformed { place }
}

pub(crate) fn failed(step: &'static str) -> CryptoError {
    CryptoError::Failed { step }
}
