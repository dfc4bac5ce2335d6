//! The scenarios of the formats with the Swift phone.

use super::Swift;
use crate::{error::TaskError, process, test::tally::Tally, testkit, workspace::Workspace};
use std::process::Command;

/// One that is played once more with a changed expectation.
const PLANTED: &str = "two_accounts";

impl Swift {
    /// Plays every scenario, each counted as a test, and one that must fail.
    pub(super) fn play(&self, workspace: &Workspace, tally: &mut Tally) -> Result<bool, TaskError> {
        let all_hold = process::stream(&mut self.driver(workspace)?, |_, line| {
            println!("{line}");
            tally.passed += usize::from(line.starts_with("ok "));
            tally.failed += usize::from(line.starts_with("FAILED "));
        })?;
        let mut planted = self.driver(workspace)?;
        planted.args(["--only", PLANTED, "--plant"]);
        let mut found = false;
        process::stream(&mut planted, |_, line| found |= names_the_plant(line))?;
        println!("a changed expectation is found: {found}");
        tally.passed += usize::from(found);
        tally.failed += usize::from(!found);
        Ok(all_hold && found)
    }

    /// The driver, which starts the phone from the tests' build.
    fn driver(&self, workspace: &Workspace) -> Result<Command, TaskError> {
        let tool = self.package.join("toolchain.sh");
        let (tool, target) = (tool.display(), self.target.display());
        let mut driver = testkit::tool(workspace, "scenarios")?;
        driver
            .current_dir(&self.root)
            // Of what lies outside the toolchain's tree, the phone sees the repository and the target folder.
            .env("TMPDIR", self.folder("swift-scenarios")?)
            .arg("--phone")
            .arg(format!(
                "{tool} run {target} {target}/swift/debug/ScenarioPhone"
            ));
        Ok(driver)
    }
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
