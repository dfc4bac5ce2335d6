//! `cargo xtask bench door`: what a call costs through the phones' door, from Kotlin on a JVM, beside the same call in Rust.

use crate::{bindings, error::TaskError, packages, process, testkit, workspace::Workspace};
use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The library that the program loads: the one with what tests need, optimised as the tool that it is compared with.
const LIBRARY: &str = "companion-ffi-testing";
/// Where Maven builds the program, below the target folder.
const PROGRAM: &str = "kotlin/companion-testing";

/// Builds the program, then this process becomes the bench; `rest` are arguments of it.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<bool, TaskError> {
    packages::require("JDK 17", &["openjdk-17-jdk-headless"], || {
        process::works(Command::new("javac").args(["--release", "17", "-version"]))
    })?;
    packages::require("Maven", &["maven"], || {
        process::works(Command::new("mvn").arg("--version"))
    })?;
    bindings::run(workspace, true)?;
    let library = library(workspace)?;
    compile(workspace)?;
    let arguments = [rest, &beyond(workspace, &library)?].concat();
    testkit::become_release_tool(workspace, "bench", &arguments)
}

/// The bench's arguments for the program, once it is compiled; `library` is the folder with the library that it loads.
pub fn beyond(workspace: &Workspace, library: &Path) -> Result<Vec<OsString>, TaskError> {
    let mut folder = OsString::from("-Djna.library.path=");
    folder.push(library);
    let classes = classes(workspace)?;
    let words = ["--door", "java", "-classpath", &classes].map(OsString::from);
    let main = [folder, "companion.testing.DoorBench".into()];
    Ok(words.into_iter().chain(main).collect())
}

/// The folder with the library, under the name that the bindings load.
fn library(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .args(["rustc", "--release", "--lib", "-p", LIBRARY])
        .args(["--crate-type", "cdylib"]);
    process::run(&mut cargo)?;
    let name = |name: &str| format!("{DLL_PREFIX}{name}{DLL_SUFFIX}");
    let built = workspace
        .target
        .join("release")
        .join(name("companion_ffi_testing"));
    let folder = workspace.target.join("bindings/lib-door");
    let kept = folder.join(name("companion_ffi"));
    fs::create_dir_all(&folder).map_err(|error| TaskError::file(&folder, error))?;
    fs::copy(&built, kept).map_err(|error| TaskError::file(&built, error))?;
    Ok(folder)
}

fn compile(workspace: &Workspace) -> Result<(), TaskError> {
    let mut maven = Command::new("mvn");
    maven
        .current_dir(&workspace.root)
        .args(["-B", "-ntp", "-q", "-f", "bindings-kotlin/pom.xml"])
        .args(["-pl", "kit,testing", "process-test-classes"])
        .arg(format!("-Dcargo.target={}", workspace.target.display()));
    process::run(&mut maven)
}

/// The class path with what Maven builds of the testing artefact and its tests.
pub fn classes(workspace: &Workspace) -> Result<String, TaskError> {
    let program = workspace.target.join(PROGRAM);
    let listed = program.join("classpath");
    let libraries = fs::read_to_string(&listed).map_err(|error| TaskError::file(&listed, error))?;
    let program = program.display();
    Ok(format!(
        "{program}/classes:{program}/test-classes:{libraries}"
    ))
}
