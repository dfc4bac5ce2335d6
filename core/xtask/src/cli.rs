//! The command line, in one place: what `--help` prints and what the documents are checked against.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;

/// The command line of `cargo xtask`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Everything that people and CI run")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Check everything, or one part of it
    Test {
        /// The one part to run
        part: Option<Part>,
    },
    /// Check the rules that no compiler knows: imports, sizes, licences, columns, documents, words
    Tidy,
    /// Make Swift, Kotlin and the list of what the phone library exports
    Bindings {
        /// Write nothing that is committed: say whether it is as the library is
        #[arg(long)]
        check: bool,
    },
    /// Check the phone library for arm64 Android, iOS and its simulator, without Xcode or the NDK
    CheckPhones,
    /// Make what app developers add to their apps, on a machine with Xcode or the Android NDK
    Package {
        /// For whose phones
        system: System,
    },
    /// Write the texts of the phones' sample apps in each system's own format
    Texts,
    /// Play a working day with real processes on this machine
    #[command(disable_help_flag = true)]
    Demo(Arguments),
    /// Kill, fault and repeat at random, then compare what was acknowledged with what the CRM holds
    #[command(disable_help_flag = true)]
    Torture(Arguments),
    /// Measure beside plain SQLite doing the same work; `size` measures the phone libraries, `door` its calls from Kotlin
    #[command(disable_help_flag = true)]
    Bench(Arguments),
}

/// What is passed on to the tool as it stands.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Arguments of the tool; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<OsString>,
}

/// Who makes the phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// XCFrameworks
    Apple,
    /// An AAR
    Android,
}

/// One part of `cargo xtask test`, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Formatting
    Fmt,
    /// Lints, warnings are errors
    Clippy,
    /// The rules of `cargo xtask tidy`
    Tidy,
    /// The second implementation of the formats, in Python, agrees
    Judge,
    /// Every test of the workspace
    Rust,
    /// What is generated from the phones' door is up to date, and the door is what it was promised to be
    Bindings,
    /// The phone libraries, built as they ship, are small enough, and the extensions' one holds what it may
    Size,
    /// The Swift package: style, tests on a real Swift, type-checks
    Swift,
    /// The Kotlin library on a JVM and on Android's own classes
    Kotlin,
    /// A short run of kills and faults with a fresh seed
    Torture,
    /// The demo runs through
    Demo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn arguments_of_a_tool_pass_as_they_stand() {
        for line in [
            &["cargo xtask", "torture", "--seed", "7", "--help"][..],
            &["cargo xtask", "torture", "--", "--seed", "7", "--help"],
        ] {
            let Task::Torture(arguments) = Cli::try_parse_from(line).unwrap().task else {
                panic!("another task");
            };
            assert_eq!(arguments.rest, ["--seed", "7", "--help"]);
        }
    }
}
