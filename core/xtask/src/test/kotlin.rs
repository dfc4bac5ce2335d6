//! The Kotlin library: compiled and tested by Maven, against the core that is built here, and the scenarios with its phone.

#[cfg(test)]
mod agreement;

use super::{scenarios, tally::Tally};
use crate::{bindings, door, error::TaskError, packages, process, testkit, workspace::Workspace};
use std::{env::consts::DLL_SUFFIX, process::Command};

const PROJECT: &str = "bindings-kotlin/pom.xml";
/// What needs nothing of Android.
const JVM: &str = "kit,testing";
/// What runs on Android's own classes: the library, and the sample app on it.
const ANDROID: &str = "aars,android,../sample-apps/android/aars,../sample-apps/android";
/// The family of libraries without which the second cannot run, and which not every Maven is set up to find.
const ANDROIDX: &str = "androidx.";

/// Runs the tests of the JVM and the scenarios, then the tests of Android where Maven finds what they need. Whether all is
/// well.
pub fn run(workspace: &Workspace, tally: &mut Tally, on_ci: bool) -> Result<bool, TaskError> {
    packages::require("JDK 17", &["openjdk-17-jdk-headless"], || {
        process::works(Command::new("javac").args(["--release", "17", "-version"]))
    })?;
    packages::require("Maven", &["maven"], || {
        process::works(Command::new("mvn").arg("--version"))
    })?;
    packages::require("aapt2 and unzip", &["aapt", "unzip"], || {
        process::works(Command::new("aapt2").arg("version"))
            && process::works(Command::new("unzip").arg("-v"))
    })?;
    let fresh = bindings::run(workspace, true)?;
    let (jvm, _) = maven(workspace, tally, JVM, on_ci)?;
    // The phone is part of what was built for the tests.
    let jvm = jvm && scenarios::play(&mut driver(workspace)?, tally)? && bench(workspace, tally)?;
    let (android, unresolved) = maven(workspace, tally, ANDROID, on_ci)?;
    if unresolved {
        let skip = "SKIPPED: android: Maven finds no androidx: the Kotlin library on Android";
        println!("{skip}");
        println!(
            "to run it: add Google's repository to a profile's <repositories> in ~/.m2/settings.xml"
        );
        tally.reasons.push(skip.to_owned());
    }
    Ok(fresh && jvm && (android || unresolved))
}

/// Tests `modules`, counts, and says whether they are well and whether androidx was missing.
fn maven(
    workspace: &Workspace,
    tally: &mut Tally,
    modules: &str,
    on_ci: bool,
) -> Result<(bool, bool), TaskError> {
    let library = format!("bindings/lib-testing/libcompanion_ffi{DLL_SUFFIX}");
    let library = workspace.target.join(library);
    let mut command = Command::new("mvn");
    command
        .current_dir(&workspace.root)
        .args(["-B", "-ntp", "-fae", "-Dstyle.color=never", "-f", PROJECT])
        .args(["-pl", modules, "clean", "test"])
        .arg(format!("-Dcargo.target={}", workspace.target.display()))
        .arg(format!("-Dcore.library={}", library.display()));
    if on_ci {
        // The compiler's daemon would outlive this run.
        command.arg("-Dkotlin.compiler.daemon=false");
    }
    let mut output = Output::default();
    let passed = process::stream(&mut command, |_, line| {
        println!("{line}");
        output.read(line);
    })?;
    tally.passed += output.passed;
    tally.failed += output.failed;
    tally.skipped += output.skipped;
    Ok((passed, output.unresolved))
}

/// The driver of the scenarios with the Kotlin phone. The paths among the phone's words are below the target folder: the
/// driver takes the words apart at spaces.
fn driver(workspace: &Workspace) -> Result<Command, TaskError> {
    let mut driver = testkit::tool(workspace, "scenarios")?;
    driver
        .current_dir(&workspace.target)
        .env("CLASSPATH", door::classes(workspace)?)
        .arg("--phone")
        // A process of a few seconds is slowed down by the second compiler.
        .arg("java -XX:TieredStopAtLevel=1 -Djna.library.path=bindings/lib-testing companion.testing.ScenarioPhone");
    Ok(driver)
}

/// The bench of the door with small sizes: whether it runs, not how fast.
fn bench(workspace: &Workspace, tally: &mut Tally) -> Result<bool, TaskError> {
    let mut bench = testkit::tool(workspace, "bench")?;
    let library = workspace.target.join("bindings/lib-testing");
    bench
        .arg("--quick")
        .args(door::beyond(workspace, &library)?);
    let ran = tally.stream(&mut bench)?;
    tally.passed += usize::from(ran);
    tally.failed += usize::from(!ran);
    Ok(ran)
}

/// What Maven said.
#[derive(Debug, Default)]
struct Output {
    passed: usize,
    failed: usize,
    skipped: usize,
    unresolved: bool,
}

impl Output {
    fn read(&mut self, line: &str) {
        self.unresolved |= line.contains("Could not") && line.contains(ANDROIDX);
        // A class's own line also has a time; the module's sum has none.
        if line.contains("Tests run: ") && !line.contains("Time elapsed") {
            let failed = count(line, "Failures: ") + count(line, "Errors: ");
            let skipped = count(line, "Skipped: ");
            self.passed += count(line, "Tests run: ").saturating_sub(failed + skipped);
            self.failed += failed;
            self.skipped += skipped;
        }
    }
}

/// The number that follows `label`.
fn count(line: &str, label: &str) -> usize {
    let rest = line.split(label).nth(1).unwrap_or_default();
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Output {
        let mut output = Output::default();
        lines.iter().for_each(|line| output.read(line));
        output
    }

    #[test]
    fn the_sums_of_the_modules_are_added() {
        let output = read(&[
            "[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in A",
            "[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0",
            "[ERROR] Tests run: 12, Failures: 1, Errors: 2, Skipped: 3",
        ]);
        assert_eq!((output.passed, output.failed, output.skipped), (10, 3, 3));
    }

    #[test]
    fn only_a_missing_androidx_is_an_absent_android() {
        let missing = |artifact| format!("[ERROR] Could not find artifact {artifact} in here");
        assert!(read(&[&missing("androidx.test:monitor:aar:1.8.0")]).unresolved);
        assert!(!read(&[&missing("net.java.dev.jna:jna:jar:5.19.1")]).unresolved);
    }
}
