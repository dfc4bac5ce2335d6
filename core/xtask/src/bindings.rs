//! `cargo xtask bindings`: Swift, Kotlin and the list of what is exported, made from the phone library of this machine.
//!
//! Swift and the C header are committed, as a Swift package needs them at its tag; Kotlin is made where it is built. A
//! stripped library tells nothing about itself, so what is read here is the debug build.

mod apart;
mod api;

use crate::{error::TaskError, process, workspace::Workspace};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The exported surface, as text.
const API: &str = "core/formats/api.txt";
/// Kotlin's settings where there is no Android.
const JVM: &str = "core/ffi/jvm.toml";
/// What either library is called where bindings load it, and the extensions' one.
const LIBRARY: &str = "libcompanion_ffi";
const SEALER_LIBRARY: &str = "libcompanion_ffi_sealer";
/// The door itself in Swift: both libraries hold it.
const DOOR: &str = "CompanionBindings.swift";
/// The extensions' door in Swift: all three libraries hold it.
const SEALER: &str = "CompanionSealerBindings.swift";
/// The committed files: the one that is made, and where it lies.
const SWIFT: &[(&str, &str)] = &[
    (DOOR, "bindings-swift/Sources/CompanionBindings"),
    ("CompanionFFI.h", "bindings-swift/Sources/CompanionFFI"),
];
/// The same for the testing library.
const SWIFT_TESTING: &[(&str, &str)] = &[
    (
        "CompanionTestingBindings.swift",
        "bindings-swift/Sources/CompanionTestingBindings",
    ),
    (
        "CompanionTestingFFI.h",
        "bindings-swift/Sources/CompanionTestingFFI",
    ),
];

/// The same for the extensions' library.
const SWIFT_SEALER: &[(&str, &str)] = &[
    (SEALER, "bindings-swift/Sources/CompanionSealerBindings"),
    (
        "CompanionSealerFFI.h",
        "bindings-swift/Sources/CompanionSealerFFI",
    ),
];

/// Makes everything; with `check` writes nothing that is committed and says whether it was up to date.
///
/// Below the target folder: `bindings/kotlin-jvm`, `bindings/kotlin-android` and the same with `-testing`;
/// `bindings/lib` with the library, `bindings/lib-testing` with the testing library under the same name, so that either
/// can stand behind the same bindings. The extensions' library lies beside each.
pub fn run(workspace: &Workspace, check: bool) -> Result<bool, TaskError> {
    let folder = workspace.target.join("bindings");
    // The library last: its neighbour builds it too, with the features of the test kit.
    let testing = build(workspace, "companion-ffi-testing")?;
    let testing = keep(&testing, &folder.join("lib-testing"), LIBRARY)?;
    let library = build(workspace, "companion-ffi")?;
    let library = keep(&library, &folder.join("lib"), LIBRARY)?;
    let built = build(workspace, "companion-ffi-sealer")?;
    let sealer = keep(&built, &folder.join("lib"), SEALER_LIBRARY)?;
    keep(&built, &folder.join("lib-testing"), SEALER_LIBRARY)?;
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "-p", "companion-bindgen"]);
    process::run(cargo.current_dir(&workspace.root))?;

    let tools = Tools { workspace, folder };
    tools.kotlin(&library, "")?;
    tools.kotlin(&testing, "-testing")?;
    let mut findings = tools.swift(&library, "swift", SWIFT, check)?;
    findings.extend(tools.swift(&testing, "swift-testing", SWIFT_TESTING, check)?);
    findings.extend(tools.swift(&sealer, "swift-sealer", SWIFT_SEALER, check)?);
    findings.extend(tools.same_swift(DOOR, &["swift", "swift-testing"])?);
    findings.extend(tools.same_swift(SEALER, &["swift-sealer", "swift", "swift-testing"])?);
    findings.extend(tools.api(&library, check)?);
    let (library, testing) = (read(&library)?, read(&testing)?);
    findings.extend(apart::check(&library, &testing));
    findings.extend(apart::check_sealer(&library, &read(&sealer)?));
    for finding in &findings {
        println!("{finding}");
    }
    println!("bindings: {} findings", findings.len());
    Ok(findings.is_empty())
}

struct Tools<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl Tools<'_> {
    /// Nothing of it is committed.
    fn kotlin(&self, library: &Path, suffix: &str) -> Result<(), TaskError> {
        for (platform, config) in [("android", None), ("jvm", Some(JVM))] {
            let to = fresh(&self.folder.join(format!("kotlin-{platform}{suffix}")))?;
            let mut command = self.tool("uniffi-bindgen");
            command
                .arg("generate")
                .arg(library)
                .arg("--out-dir")
                .arg(to);
            command.args(["--language", "kotlin", "--no-format"]);
            if let Some(config) = config {
                command.args(["--config", config]);
            }
            process::run(&mut command)?;
        }
        Ok(())
    }

    fn swift(
        &self,
        library: &Path,
        name: &str,
        files: &[(&str, &str)],
        check: bool,
    ) -> Result<Vec<String>, TaskError> {
        let made = fresh(&self.folder.join(name))?;
        let mut command = self.tool("uniffi-bindgen-swift");
        command.arg(library).arg(&made);
        process::run(command.args(["--swift-sources", "--headers"]))?;
        let mut findings = Vec::new();
        for (file, folder) in files {
            let text = complete(&read(&made.join(file))?);
            let committed = self.workspace.root.join(folder).join(file);
            if fs::read(&committed).is_ok_and(|there| there == text) {
                continue;
            }
            if check {
                findings.push(format!(
                    "{folder}/{file}: not as the library is; run: cargo xtask bindings"
                ));
            } else {
                write(&committed, &text)?;
            }
        }
        Ok(findings)
    }

    /// A door is the same in each library that holds it, whose Swift was made in the folders `of`.
    fn same_swift(&self, door: &str, of: &[&str]) -> Result<Vec<String>, TaskError> {
        let made = of
            .iter()
            .map(|name| read(&self.folder.join(name).join(door)));
        let made = made.collect::<Result<Vec<_>, _>>()?;
        let same = made.iter().all(|one| made.first() == Some(one));
        Ok(if same {
            Vec::new()
        } else {
            vec![format!("{door}: not every library has the same one")]
        })
    }

    fn api(&self, library: &Path, check: bool) -> Result<Vec<String>, TaskError> {
        let mut made = Vec::new();
        for of in ["companion_ffi", "companion_ffi_sealer"] {
            let mut command = self.tool("companion-api");
            made.extend(process::output(command.arg(library).arg(of))?);
        }
        let version = self.workspace.version("companion-ffi")?;
        let now = api::with_version(&version, &String::from_utf8_lossy(&made));
        let path = self.workspace.root.join(API);
        let committed = fs::read_to_string(&path).unwrap_or_default();
        let mut findings = api::rules(&now);
        findings.extend(api::breaks(&committed, &now));
        if committed == now {
            return Ok(findings);
        }
        if check {
            findings.push(format!(
                "{API}: not as the library is; run: cargo xtask bindings"
            ));
        } else if findings.is_empty() {
            write(&path, now.as_bytes())?;
        }
        Ok(findings)
    }

    fn tool(&self, name: &str) -> std::process::Command {
        let program = self.workspace.target.join("debug").join(name);
        let mut command = std::process::Command::new(program);
        command.current_dir(&self.workspace.root);
        command
    }
}

/// uniffi takes it that everything lies in one Swift module; what lies in another must be imported.
fn complete(swift: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(swift);
    if !text.contains("import CompanionTestingFFI") {
        return swift.to_owned();
    }
    let both = "import CompanionBindings\nimport Foundation\n";
    text.replacen("import Foundation\n", both, 1).into_bytes()
}

/// Builds a library of ours alone, so that nobody else's features are in it.
fn build(workspace: &Workspace, package: &str) -> Result<PathBuf, TaskError> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--quiet", "-p", package]);
    process::run(cargo.current_dir(&workspace.root))?;
    let name = package.replace('-', "_");
    let folder = workspace.target.join("debug");
    let names = [format!("lib{name}.so"), format!("lib{name}.dylib")];
    let mut found = names.iter().map(|name| folder.join(name));
    found
        .find(|path| path.exists())
        .ok_or_else(|| TaskError::Malformed {
            place: package.into(),
            reason: "no dynamic library was built".into(),
        })
}

/// Copies a library to where another build does not replace it, under the name that the bindings load.
fn keep(library: &Path, folder: &Path, name: &str) -> Result<PathBuf, TaskError> {
    fs::create_dir_all(folder).map_err(|source| TaskError::file(folder, source))?;
    let kept = folder
        .join(name)
        .with_extension(library.extension().unwrap_or_default());
    // A new file, not new content: somebody may have the one before loaded.
    let half = kept.with_extension("half");
    fs::copy(library, &half).map_err(|source| TaskError::file(&half, source))?;
    fs::rename(&half, &kept).map_err(|source| TaskError::file(&kept, source))?;
    Ok(kept)
}

/// An empty folder.
fn fresh(folder: &Path) -> Result<PathBuf, TaskError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|source| TaskError::file(folder, source))?;
    }
    fs::create_dir_all(folder).map_err(|source| TaskError::file(folder, source))?;
    Ok(folder.to_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, TaskError> {
    fs::read(path).map_err(|source| TaskError::file(path, source))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    fs::write(path, bytes).map_err(|source| TaskError::file(path, source))
}
