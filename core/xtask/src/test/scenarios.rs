//! The scenarios of the formats with the phone of a language, and how they ended with each.

use super::tally::Tally;
use crate::{error::TaskError, process, workspace::Workspace};
use std::{collections::BTreeMap, fmt::Write as _, fs, process::Command};

const FOLDER: &str = "core/formats/scenarios";

/// One that is played once more with a changed expectation.
const PLANTED: &str = "two_accounts";

/// Plays every scenario, each counted as a test, and one that must fail. `driver` is the driver's command with its phone.
/// Whether all is well.
pub fn play(driver: &mut Command, tally: &mut Tally) -> Result<bool, TaskError> {
    let all_hold = process::stream(driver, |_, line| {
        println!("{line}");
        if let Some(held) = tally.scenarios.read(line) {
            tally.passed += usize::from(held);
            tally.failed += usize::from(!held);
        }
    })?;
    let mut found = false;
    driver.args(["--only", PLANTED, "--plant"]);
    process::stream(driver, |_, line| found |= names_the_plant(line))?;
    println!("a changed expectation is found: {found}");
    tally.passed += usize::from(found);
    tally.failed += usize::from(!found);
    Ok(all_hold && found)
}

/// How scenarios ended, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Results(BTreeMap<String, bool>);

impl Results {
    /// Takes in one line of the driver. Whether the scenario held, if the line tells how one ended.
    pub fn read(&mut self, line: &str) -> Option<bool> {
        let failed = || Some((line.strip_prefix("FAILED ")?.split_once(": ")?.0, false));
        let held = line.strip_prefix("ok ").map(|name| (name, true));
        let (name, held) = held.or_else(failed)?;
        self.0.insert(name.to_owned(), held);
        Some(held)
    }
}

/// Every scenario of the folder, and how it ended in each of `columns`; `None` is a language whose part did not run.
pub fn table(
    workspace: &Workspace,
    columns: &[(&str, Option<&Results>)],
) -> Result<String, TaskError> {
    let folder = workspace.root.join(FOLDER);
    let failed = |error| TaskError::file(&folder, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        names.extend(name.strip_suffix(".json").map(str::to_owned));
    }
    names.sort();
    Ok(rows(&names, columns))
}

fn rows(names: &[String], columns: &[(&str, Option<&Results>)]) -> String {
    let head = "scenario";
    let longest = names.iter().map(String::len).max().unwrap_or_default();
    let width = longest.max(head.len());
    let mut table = format!("{head:<width$}");
    for (language, _) in columns {
        let _ = write!(table, "  {language:<7}");
    }
    for name in names {
        let _ = write!(table, "\n{name:<width$}");
        for (_, results) in columns {
            let result = match results.and_then(|results| results.0.get(name)) {
                Some(true) => "ok",
                Some(false) => "FAILED",
                None => "not run",
            };
            let _ = write!(table, "  {result:<7}");
        }
    }
    table
}

/// Whether the driver says that an answer is not the expected one; a phone that does not run fails in other words.
fn names_the_plant(line: &str) -> bool {
    line.starts_with(&format!("FAILED {PLANTED}: step ")) && line.contains(": expected ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_tells_how_a_scenario_ended_or_that_it_was_not_run() {
        let [mut rust, mut swift] = [Results::default(), Results::default()];
        for line in [
            "test every_scenario ... ok",
            "ok bind",
            "FAILED unbind: step 3 (queue): expected 1, got 2",
            "{\"scenarios\":2,\"passed\":1,\"failed\":1}",
        ] {
            rust.read(line);
        }
        assert_eq!(swift.read("ok unbind"), Some(true));
        let names = ["bind".to_owned(), "unbind".to_owned()];
        let columns = [
            ("Rust", Some(&rust)),
            ("Swift", Some(&swift)),
            ("Kotlin", None),
        ];
        let expected = [
            "scenario  Rust     Swift    Kotlin",
            "bind      ok       not run  not run",
            "unbind    FAILED   ok       not run",
        ];
        let told = rows(&names, &columns);
        let told: Vec<&str> = told.lines().map(str::trim_end).collect();
        assert_eq!(told, expected);
    }

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
