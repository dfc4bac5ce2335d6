//! The library that ships holds nothing of the test kit, and the extensions' library nothing that an extension may not have.

/// What only the testing library may hold: names of crates as they stand in symbols and in the places of panics.
const OF_TESTS: &[&str] = &[
    "companion_ffi_testing",
    "companion_testkit",
    "core/testkit/",
];

/// What only an app's library may hold: a database, a runtime with threads, what needs 64 MiB. Names as above.
const OF_APPS: &[&str] = &[
    "argon2",
    "companion_engine",
    "companion_vault",
    "sqlite3_open",
    "tokio",
];

/// Looks into both libraries: what is not even found where it must be would prove nothing by its absence.
pub fn check(library: &[u8], testing: &[u8]) -> Vec<String> {
    let mut findings = Vec::new();
    for word in OF_TESTS {
        if holds(library, word) {
            findings.push(format!("companion-ffi: holds `{word}` of the test kit"));
        }
        if !holds(testing, word) {
            findings.push(format!("companion-ffi-testing: `{word}` is not found"));
        }
    }
    findings
}

/// The same for the extensions' library, beside the app's.
pub fn check_sealer(library: &[u8], sealer: &[u8]) -> Vec<String> {
    let mut findings = Vec::new();
    for word in OF_APPS {
        if holds(sealer, word) {
            findings.push(format!("companion-ffi-sealer: holds `{word}`"));
        }
        if !holds(library, word) {
            findings.push(format!("companion-ffi: `{word}` is not found"));
        }
    }
    findings
}

fn holds(library: &[u8], word: &str) -> bool {
    library
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_its_own_passes() {
        let testing = OF_TESTS.join(" ");
        assert_eq!(check(b"companion_ffi", testing.as_bytes()), [""; 0]);
    }

    #[test]
    fn a_trace_of_the_test_kit_is_found() {
        let testing = OF_TESTS.join(" ");
        let found = check(b"..companion_testkit..", testing.as_bytes());
        assert_eq!(
            found,
            ["companion-ffi: holds `companion_testkit` of the test kit"]
        );
    }

    #[test]
    fn a_trace_of_a_database_is_found_in_the_extensions_library() {
        let library = OF_APPS.join(" ");
        assert_eq!(
            check_sealer(library.as_bytes(), b"companion_sealer"),
            [""; 0]
        );
        assert_eq!(
            check_sealer(library.as_bytes(), b"..sqlite3_open_v2.."),
            ["companion-ffi-sealer: holds `sqlite3_open`"]
        );
    }

    #[test]
    fn a_trace_that_is_nowhere_proves_nothing() {
        assert_eq!(check(b"", b"").len(), OF_TESTS.len());
        assert_eq!(check_sealer(b"", b"").len(), OF_APPS.len());
    }
}
