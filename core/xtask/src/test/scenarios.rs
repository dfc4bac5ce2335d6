//! The scenarios of the formats with the phone of a language.

use super::tally::Tally;
use crate::{error::TaskError, process};
use std::process::Command;

/// One that is played once more with a changed expectation.
const PLANTED: &str = "two_accounts";

/// Plays every scenario, each counted as a test, and one that must fail. `driver` is the driver's command with its phone.
/// Whether all is well.
pub fn play(driver: &mut Command, tally: &mut Tally) -> Result<bool, TaskError> {
    let all_hold = process::stream(driver, |_, line| {
        println!("{line}");
        tally.passed += usize::from(line.starts_with("ok "));
        tally.failed += usize::from(line.starts_with("FAILED "));
    })?;
    let mut found = false;
    driver.args(["--only", PLANTED, "--plant"]);
    process::stream(driver, |_, line| found |= names_the_plant(line))?;
    println!("a changed expectation is found: {found}");
    tally.passed += usize::from(found);
    tally.failed += usize::from(!found);
    Ok(all_hold && found)
}

/// Whether the driver says that an answer is not the expected one; a phone that does not run fails in other words.
fn names_the_plant(line: &str) -> bool {
    line.starts_with(&format!("FAILED {PLANTED}: step ")) && line.contains(": expected ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_compared_answer_shows_that_the_plant_was_found() {
        for (line, found) in [
            (
                "FAILED two_accounts: step 18 (records): expected 1, got 2",
                true,
            ),
            (
                "FAILED two_accounts: the phone does not open: phone: ended before it answered",
                false,
            ),
            ("ok two_accounts", false),
        ] {
            assert_eq!(names_the_plant(line), found, "{line}");
        }
    }
}
