//! Swift and Kotlin translate and never decide: their sources branch on no kind of error, no state and no time.

use super::{
    Finding,
    tree::{File, Tree},
};

const RULE: &str = "decisions";
/// Where people write Swift and Kotlin by hand.
const WRITTEN: &[&str] = &["bindings-swift/", "bindings-kotlin/", "sample-apps/"];
/// Tests may look at whatever they like.
const TESTS: &[&str] = &["/Tests/", "/src/test/"];
/// Files that name such a word to translate it, with what for.
const TRANSLATORS: &[(&str, &str)] = &[
    (
        "bindings-swift/Sources/CompanionKit/Cancellation.swift",
        "the core's `Cancelled` is Swift's own `CancellationError`",
    ),
    (
        "bindings-swift/Sources/CompanionTesting/TestCompany.swift",
        "a test waits until its gateway knows the phone",
    ),
    (
        "bindings-kotlin/testing/src/main/kotlin/companion/testing/TestCompany.kt",
        "a test waits until its gateway knows the phone, and begins at some time",
    ),
    (
        "sample-apps/android/src/main/kotlin/companion/sample/Moments.kt",
        "a time is shown as a calendar says it: today, yesterday, a day",
    ),
    (
        "sample-apps/android/src/main/kotlin/companion/sample/Words.kt",
        "each state has an icon and a word, and each decision of the core a word",
    ),
    (
        "bindings-swift/Sources/ScenarioPhone/Answers.swift",
        "a phone of the scenarios tells an error by its name",
    ),
    (
        "bindings-swift/Sources/ScenarioPhone/ScenarioPhone.swift",
        "a phone of the scenarios joins where nobody has",
    ),
    (
        "sample-apps/ios/Sources/CompanionAppModels/Wording.swift",
        "the app shows an error, a state and a time in words",
    ),
];
/// The core's errors, as each language calls them.
const ERRORS: &[&str] = &[
    "CompanionError.",
    "CompanionException.",
    "case .NotEnrolled",
    "case .SignInNeeded",
    "case .NotPermitted",
    "case .Unavailable",
    "case .Offline",
    "case .RecoveryNeeded",
];
/// Words of the core's states.
const STATES: &[&str] = &[
    "\"queued\"",
    "\"sending\"",
    "\"uncertain\"",
    "\"held\"",
    "\"stuck\"",
    "\"suspended\"",
];
/// What reads a clock.
const CLOCKS: &[&str] = &[
    "Date()",
    "Date.now",
    "ContinuousClock",
    "Instant.now",
    "currentTimeMillis",
    "nanoTime",
    "SystemClock",
];

/// Checks every Swift and Kotlin file that is no test and no translator.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let sources = ["swift", "kt"]
        .into_iter()
        .flat_map(|extension| tree.with_extension(extension));
    let mut findings: Vec<_> = sources
        .filter(|file| WRITTEN.iter().any(|folder| file.path.starts_with(folder)))
        .filter(|file| !TESTS.iter().any(|folder| file.path.contains(folder)))
        .filter(|file| !TRANSLATORS.iter().any(|(path, _)| file.path == *path))
        .flat_map(check_file)
        .collect();
    let gone = TRANSLATORS
        .iter()
        .filter(|(path, _)| tree.holds("bindings-swift") && !tree.holds(path));
    findings.extend(
        gone.map(|(path, _)| {
            Finding::new(RULE, path, 1, "is named as a translator and is not there")
        }),
    );
    findings
}

fn check_file(file: &File) -> Vec<Finding> {
    let words = [ERRORS, STATES, CLOCKS];
    let found = file.lines().filter(|(_, text)| !is_comment(text)).flat_map(|(line, text)| {
        let named = words.iter().copied().flatten().filter(move |word| text.contains(**word));
        named.map(move |word| {
            let what = format!("`{word}`: the core decides; what an app must know and the core does not say is missing there");
            Finding::new(RULE, &file.path, line, what)
        })
    });
    found.collect()
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    #[test]
    fn what_a_wrapper_branches_on_is_found() {
        let (_folder, tree) = planted(&[
            (
                "bindings-kotlin/kit/src/main/kotlin/A.kt",
                "/** `CompanionException.Offline` */\ncatch (_: CompanionException.Offline) {\n",
            ),
            (
                "sample-apps/ios/A.swift",
                "if entry.state == \"held\" {\nlet late = Date() > entry.due\n",
            ),
            (
                "bindings-kotlin/kit/src/test/kotlin/B.kt",
                "catch (_: CompanionException.Offline) {\n",
            ),
            ("core/a.swift", "CompanionError.Offline\n"),
        ]);
        let found: Vec<_> = check(&tree)
            .iter()
            .map(|finding| (finding.file.clone(), finding.line))
            .collect();
        let swift = || "sample-apps/ios/A.swift".to_owned();
        let kotlin = "bindings-kotlin/kit/src/main/kotlin/A.kt".to_owned();
        assert_eq!(found, [(swift(), 1), (swift(), 2), (kotlin, 2)]);
    }

    #[test]
    fn a_translator_that_went_is_found() {
        let (_folder, tree) = planted(&[("bindings-swift/Sources/A.swift", "\n")]);
        assert_eq!(check(&tree).len(), TRANSLATORS.len());
    }
}
