//! The golden vectors of the formats, checked by the library as it is loaded here.

use crate::error::TestError;
use companion_testkit::vectors;
use std::collections::HashMap;

/// The files of `core/formats/vectors`: name without ending, text.
///
/// # Errors
/// None.
#[uniffi::export]
pub fn golden_vectors() -> Result<HashMap<String, String>, TestError> {
    let files = vectors::golden();
    Ok(files
        .map(|(name, text)| (name.into(), text.into()))
        .collect())
}

/// Checks one of these files, or one that a test changed. How many cases it has.
///
/// # Errors
/// `Failed` with the first case that does not hold, such as `sealed_01/cases/2`, and what is wrong with it.
#[uniffi::export]
pub fn check_vectors(name: String, text: String) -> Result<u32, TestError> {
    vectors::check(&name, &text).map_err(|error| TestError::Failed {
        what: error.case,
        why: error.reason.into(),
    })
}
