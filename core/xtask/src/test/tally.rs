//! What a part's output says about its tests.

use super::scenarios;
use crate::{
    error::TaskError,
    process::{self, Source},
};
use std::process::Command;

/// How a test says that it could not run here: a line of its own, `SKIPPED: <what is missing>: <what was not tested>`,
/// on whichever stream.
const SKIPPED: &str = "SKIPPED:";
/// The one reason that is no fault of the machine: the folder of the vendors' material is not part of the repository.
const NOT_OURS: &str = "SKIPPED: shared:";

/// The counts of one part.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that did not hold, and on CI those that could not run.
    pub failed: usize,
    /// Tests that did not run.
    pub skipped: usize,
    /// The lines that said why.
    pub reasons: Vec<String>,
    /// How scenarios ended.
    pub scenarios: scenarios::Results,
    hidden: bool,
}

impl Tally {
    /// Runs `command`, prints and counts what it prints, and says whether it succeeded.
    pub fn stream(&mut self, command: &mut Command) -> Result<bool, TaskError> {
        process::stream(command, |source, line| match source {
            Source::Output if self.read(line) => println!("{line}"),
            Source::Output => {}
            Source::Errors => {
                self.note_skip(line);
                eprintln!("{line}");
            }
        })
    }

    /// Ends the part: one without tests of its own counts as one, and one that ended badly has failed at least once.
    pub fn close(&mut self, ended_well: bool, on_ci: bool) {
        let skips = self.reasons.len();
        let forgiven = self
            .reasons
            .iter()
            .filter(|reason| !on_ci || reason.starts_with(NOT_OURS))
            .count();
        if self.passed + self.failed == 0 && ended_well {
            self.passed = 1;
        } else {
            self.passed = self.passed.saturating_sub(skips);
        }
        self.skipped += forgiven;
        self.failed += skips - forgiven;
        if !ended_well {
            self.failed = self.failed.max(1);
        }
    }

    /// Keeps the line if it says that a test could not run; whether it does.
    fn note_skip(&mut self, line: &str) -> bool {
        let skip = line.starts_with(SKIPPED);
        if skip {
            self.reasons.push(line.to_owned());
        }
        skip
    }

    /// Takes one line of the standard output in; whether it is worth printing. What a passing test printed is not, but for its skips.
    fn read(&mut self, line: &str) -> bool {
        if self.note_skip(line) {
            return true;
        }
        self.scenarios.read(line);
        if line == "successes:" {
            self.hidden = true;
        } else if line == "failures:" || line.starts_with("test result:") {
            self.hidden = false;
        }
        if let Some(counts) = line.strip_prefix("test result:") {
            self.passed += count(counts, "passed");
            self.failed += count(counts, "failed");
            self.skipped += count(counts, "ignored");
        }
        !self.hidden
    }
}

/// The number before `word` in ` ok. 12 passed; 0 failed; …`.
fn count(counts: &str, word: &str) -> usize {
    let words: Vec<_> = counts
        .split([' ', ';', '.'])
        .filter(|part| !part.is_empty())
        .collect();
    let found = words
        .iter()
        .zip(words.iter().skip(1))
        .find(|(_, next)| **next == word);
    found
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 3 tests
test a ... ok

successes:

---- a stdout ----
chatter
ok bind
SKIPPED: judge: COMPANION_PYTHON is unset

successes:
    a

failures:
    b

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s";

    fn read(output: &str) -> (Tally, String) {
        let mut tally = Tally::default();
        let shown: Vec<_> = output.lines().filter(|line| tally.read(line)).collect();
        (tally, shown.join("\n"))
    }

    #[test]
    fn results_are_summed_and_a_skip_is_not_a_pass() {
        let (mut tally, _) = read(OUTPUT);
        tally.close(false, false);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (5, 1, 2));
    }

    #[test]
    fn what_a_passing_test_printed_is_hidden_but_its_skip_is_shown() {
        let (_, shown) = read(OUTPUT);
        assert!(!shown.contains("chatter"), "{shown}");
        assert!(shown.contains("SKIPPED: judge"), "{shown}");
        assert!(shown.contains("failures:\n    b"), "{shown}");
    }

    #[test]
    fn how_scenarios_ended_is_kept_from_what_a_passing_test_printed() {
        let (tally, shown) = read(OUTPUT);
        let mut expected = scenarios::Results::default();
        expected.read("ok bind");
        assert_eq!(tally.scenarios, expected);
        assert!(!shown.contains("ok bind"), "{shown}");
    }

    #[test]
    fn on_ci_only_the_absent_folder_is_forgiven() {
        let (mut tally, _) = read(
            "SKIPPED: shared: no fixtures\nSKIPPED: judge: no python\ntest result: ok. 9 passed;",
        );
        tally.close(true, true);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (7, 1, 1));
    }

    #[test]
    fn a_part_without_tests_counts_as_one() {
        let mut tally = Tally::default();
        tally.close(true, false);
        assert_eq!((tally.passed, tally.failed), (1, 0));
    }

    #[test]
    fn a_part_that_ended_badly_has_failed_even_if_no_test_did() {
        let (mut tally, _) = read("test result: ok. 3 passed; 0 failed;");
        tally.close(false, false);
        assert_eq!((tally.passed, tally.failed), (3, 1));
    }
}
