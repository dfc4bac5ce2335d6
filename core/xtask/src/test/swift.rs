//! The Swift package and the sample app over it: their style, their tests against the core that is built here, the scenarios, and
//! type-checks of what only Apple's systems build and of what the documents show.

mod pages;

use super::{scenarios, tally::Tally};
use crate::{bindings, error::TaskError, process, testkit, workspace::Workspace};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PACKAGE: &str = "bindings-swift";
const APP: &str = "sample-apps/ios";
/// What the app's objects depend on and SwiftPM does not see to.
const BINDINGS: &str = "Sources/CompanionBindings/CompanionBindings.swift";
/// What is written by hand; the rest comes from the bindings' generator.
const WRITTEN: &[&str] = &[
    "bindings-swift/Package.swift",
    "bindings-swift/Sources/CompanionKit",
    "bindings-swift/Sources/CompanionSealer",
    "bindings-swift/Sources/CompanionTesting",
    "bindings-swift/Sources/ScenarioPhone",
    "bindings-swift/Sources/SharingExtension",
    "bindings-swift/Stubs",
    "bindings-swift/Tests",
    APP,
];

/// Runs every check. Whether all is well.
pub fn run(workspace: &Workspace, tally: &mut Tally) -> Result<bool, TaskError> {
    let generated = bindings::run(workspace, true)?;
    let swift = Swift::new(workspace);
    process::run(swift.tool().arg("install"))?;
    let style = swift.lint(tally)?;
    // What follows reads the modules that the tests were built with.
    Ok(swift.test(PACKAGE, "swift", tally)?
        && scenarios::play(&mut swift.driver(workspace)?, tally)?
        && swift.check_for_apple(tally)?
        && swift.check_pages(tally)?
        && swift.test_app(tally)?
        && swift.check_app(tally)?
        && style
        && generated)
}

/// The package and where it is built: nothing is written beside its sources.
struct Swift {
    root: PathBuf,
    package: PathBuf,
    target: PathBuf,
}

impl Swift {
    fn new(workspace: &Workspace) -> Self {
        Self {
            root: workspace.root.clone(),
            package: workspace.root.join(PACKAGE),
            target: workspace.target.clone(),
        }
    }

    /// What brings a toolchain to machines that have none.
    fn tool(&self) -> Command {
        let mut command = Command::new(self.package.join("toolchain.sh"));
        let library = self.target.join("bindings/lib-testing");
        command
            .current_dir(&self.root)
            .env("COMPANION_LIBRARY_DIR", library)
            .env("COMPANION_TESTING", "1");
        command
    }

    /// A program of the toolchain.
    fn program(&self, name: &str) -> Command {
        let mut command = self.tool();
        command.arg("run").arg(&self.target).arg(name);
        command
    }

    fn lint(&self, tally: &mut Tally) -> Result<bool, TaskError> {
        let mut command = self.program("swift");
        command.args(["format", "lint", "--strict", "--recursive"]);
        tally.stream(command.args(WRITTEN.iter().map(|path| self.root.join(path))))
    }

    /// Runs the tests of the package in the folder `package`, built in the folder `scratch`.
    fn test(&self, package: &str, scratch: &str, tally: &mut Tally) -> Result<bool, TaskError> {
        let mut command = self.program("swift");
        command
            // One after another: a leak test counts what the whole process holds.
            .args(["test", "--disable-xctest", "--no-parallel", "--package-path"])
            .arg(self.root.join(package))
            .arg("--scratch-path")
            .arg(self.target.join(scratch));
        let mut counts = Counts::default();
        let passed = process::stream(&mut command, |_, line| {
            counts.read(line);
            // What has begun is told again when it ends.
            if !line.starts_with('◇') {
                println!("{line}");
            }
        })?;
        tally.passed += counts.passed;
        tally.failed += counts.failed;
        tally.skipped += counts.skipped;
        Ok(passed)
    }

    /// Runs the app's tests. What was built of it beside other bindings goes first: SwiftPM keeps such objects, and they do
    /// not fit any more.
    fn test_app(&self, tally: &mut Tally) -> Result<bool, TaskError> {
        let built = self.folder("swift-app")?;
        let (now, before) = (self.package.join(BINDINGS), built.join("bindings.swift"));
        let bindings = fs::read(&now).map_err(|error| TaskError::file(&now, error))?;
        if fs::read(&before).ok().as_ref() != Some(&bindings) {
            fs::remove_dir_all(&built).map_err(|error| TaskError::file(&built, error))?;
            self.folder("swift-app")?;
            fs::write(&before, bindings).map_err(|error| TaskError::file(&before, error))?;
        }
        self.test(APP, "swift-app", tally)
    }

    /// The driver of the scenarios with the phone that was built for the tests.
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

    /// Compiles CompanionKit and CompanionSealer once more beside small stand-ins for Apple's frameworks, so that a compiler also reads what
    /// only their systems build. It says nothing about availability and behaviour.
    fn check_for_apple(&self, tally: &mut Tally) -> Result<bool, TaskError> {
        Ok(self.emit_stubs(&self.package, tally)?
            && self.emit_module_of(&self.package, "CompanionKit", tally)?
            && self.emit_module_of(&self.package, "CompanionSealer", tally)?)
    }

    /// Type-checks the sample app's views and what they show, beside a stand-in for SwiftUI.
    fn check_app(&self, tally: &mut Tally) -> Result<bool, TaskError> {
        let app = self.root.join(APP);
        if !self.emit_stubs(&app, tally)?
            || !self.emit_module_of(&app, "CompanionAppModels", tally)?
        {
            return Ok(false);
        }
        let views = swift_files(&app.join("Sources/CompanionApp"))?;
        let mut compiler = self.compiler()?;
        compiler.args(["-typecheck", "-parse-as-library"]);
        tally.stream(compiler.args(views))
    }

    /// Makes a module of each stand-in of the package in the folder `package`.
    fn emit_stubs(&self, package: &Path, tally: &mut Tally) -> Result<bool, TaskError> {
        for stub in swift_files(&package.join("Stubs"))? {
            let name = stub.file_stem().unwrap_or_default().to_string_lossy();
            if !tally.stream(self.emit_module(&name)?.arg(&stub))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the module `name` of its sources in the folder `package`.
    fn emit_module_of(
        &self,
        package: &Path,
        name: &str,
        tally: &mut Tally,
    ) -> Result<bool, TaskError> {
        let sources = swift_files(&package.join("Sources").join(name))?;
        tally.stream(self.emit_module(name)?.args(sources))
    }

    /// Type-checks the Swift in the documents as an app for Apple's systems, each page as one program.
    fn check_pages(&self, tally: &mut Tally) -> Result<bool, TaskError> {
        let folder = self.folder("swift-pages")?;
        let mut sound = true;
        for page in pages::all(&self.root)? {
            println!("checking the Swift of {}", page.path);
            let program = folder.join(page.program_name());
            fs::write(&program, page.program())
                .map_err(|error| TaskError::file(&program, error))?;
            sound &= tally.stream(self.compiler()?.arg("-typecheck").arg(&program))?;
        }
        Ok(sound)
    }

    /// The compiler, told to make the module `name` of the files that follow.
    fn emit_module(&self, name: &str) -> Result<Command, TaskError> {
        let mut command = self.compiler()?;
        command
            .args(["-emit-module", "-parse-as-library", "-module-name", name])
            .arg("-emit-module-path")
            .arg(
                self.folder("swift-apple")?
                    .join(name)
                    .with_extension("swiftmodule"),
            );
        Ok(command)
    }

    /// The compiler, for code that sees the stand-ins first and then what the tests were built with.
    fn compiler(&self) -> Result<Command, TaskError> {
        let mut command = self.program("swiftc");
        command.args(["-swift-version", "6", "-warnings-as-errors"]);
        for folder in [
            self.folder("swift-apple")?,
            self.target.join("swift/debug/Modules"),
            self.package.join("Sources/CompanionFFI"),
            self.package.join("Sources/CompanionSealerFFI"),
            self.package.join("Sources/CompanionTestingFFI"),
        ] {
            command.arg("-I").arg(folder);
        }
        Ok(command)
    }

    /// A folder below the target folder.
    fn folder(&self, name: &str) -> Result<PathBuf, TaskError> {
        let folder = self.target.join(name);
        fs::create_dir_all(&folder).map_err(|error| TaskError::file(&folder, error))?;
        Ok(folder)
    }
}

/// What Swift Testing said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    /// Takes a test's own line in, such as `✔ Test name() passed after 0.1 seconds.`
    fn read(&mut self, line: &str) {
        let Some((_, test)) = line.split_once(" Test ") else {
            return;
        };
        if test.starts_with("run ") {
            return;
        }
        self.passed += usize::from(test.contains(" passed after "));
        self.failed += usize::from(test.contains(" failed after "));
        self.skipped += usize::from(test.contains(" skipped"));
    }
}

/// The Swift files below `folder`, by path.
fn swift_files(folder: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let mut files = Vec::new();
    let failed = |error| TaskError::file(folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            files.extend(swift_files(&path)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "swift")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_and_suites_and_the_sum_are_not() {
        let mut counts = Counts::default();
        for line in [
            "◇ Test opens() started.",
            "✔ Test opens() passed after 0.010 seconds.",
            "✘ Test \"a failing one\" recorded an issue at A.swift:3:5: Expectation failed: 1 == 2",
            "✘ Test \"a failing one\" failed after 0.010 seconds with 1 issue.",
            "➜ Test android() skipped.",
            "✔ Suite Errors passed after 0.020 seconds.",
            "✘ Test run with 3 tests failed after 0.030 seconds with 1 issue.",
        ] {
            counts.read(line);
        }
        let expected = Counts {
            passed: 1,
            failed: 1,
            skipped: 1,
        };
        assert_eq!(counts, expected);
    }
}
