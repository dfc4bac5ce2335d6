//! How a phone library is built, and `cargo xtask check-phones`: it is checked for the phones' own processors and systems, on a
//! machine that has neither Xcode nor the Android NDK.
//!
//! For that check the Rust code is type-checked for the target, and the C in SQLite and ring is compiled for it by zig: for Apple with zig's
//! copy of Apple's headers, for Android with musl's in the place of bionic's. Nothing of it is linked or can be shipped.

use crate::{error::TaskError, process, python, workspace::Workspace};
use std::{
    env::consts::OS,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The C compiler, from PyPI.
const REQUIREMENTS: &str = "core/xtask/zig.txt";

/// One kind of phone.
struct Phone {
    /// Rust's name of it.
    target: &'static str,
    /// zig's name of it.
    zig: &'static str,
    /// Where Rust's standard library for it comes from.
    library: Library,
}

#[derive(PartialEq, Eq)]
enum Library {
    /// rustup has it.
    Installed,
    /// It is compiled from its source, as not every mirror of rustup has it.
    Built,
}

const PHONES: &[Phone] = &[
    Phone {
        target: "aarch64-linux-android",
        zig: "aarch64-linux-musl",
        library: Library::Installed,
    },
    Phone {
        target: "aarch64-apple-ios",
        zig: "aarch64-ios",
        library: Library::Installed,
    },
    Phone {
        target: "aarch64-apple-ios-sim",
        zig: "aarch64-ios-simulator",
        library: Library::Built,
    },
];

/// What a library is built as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A dynamic library, which Kotlin loads.
    Dynamic,
    /// An archive, which goes into a Swift app.
    Archive,
}

/// Cargo, told to build the phone library `package` as it ships, and where the library will be: for the phone that Rust
/// calls `target`, or for this machine.
pub fn build(
    workspace: &Workspace,
    package: &str,
    kind: Kind,
    target: Option<&str>,
) -> (Command, PathBuf) {
    let mut folder = workspace.target.join("phones");
    let system = match target {
        None => OS,
        Some(target) if target.contains("android") => "android",
        Some(_) => "ios",
    };
    let (crate_type, suffix) = match (kind, system) {
        (Kind::Archive, _) => ("staticlib", "a"),
        (Kind::Dynamic, "macos") => ("cdylib", "dylib"),
        (Kind::Dynamic, _) => ("cdylib", "so"),
    };
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        // One crate type alone: beside an rlib cargo optimises nothing across crates, which is 0.7 MB.
        .args(["rustc", "--profile", "phone", "--lib", "-p", package])
        .args(["--crate-type", crate_type])
        .arg("--target-dir")
        .arg(&folder)
        // C calls no Rust here that could panic, so it needs no tables for unwinding.
        .env("CFLAGS", "-fno-asynchronous-unwind-tables");
    if let Some(target) = target {
        cargo.args(["--target", target]);
        folder.push(target);
    }
    if kind == Kind::Dynamic {
        let linker = linker(system).iter();
        cargo
            .arg("--")
            .args(linker.map(|flag| format!("-Clink-arg=-Wl,{flag}")));
    }
    let name = format!("lib{}.{suffix}", package.replace('-', "_"));
    (cargo, folder.join("phone").join(name))
}

/// What the linker is told: relocations are packed.
fn linker(system: &str) -> &'static [&'static str] {
    match system {
        "linux" => &["-z,pack-relative-relocs"],
        // As Android 9 reads them; newer phones may have pages of 16 KiB.
        "android" => &[
            "--pack-dyn-relocs=android+relr",
            "--use-android-relr-tags",
            "-z,max-page-size=16384",
        ],
        _ => &[],
    }
}

/// Checks the phone library for each kind of phone. Whether it fits them all.
pub fn check(workspace: &Workspace) -> Result<bool, TaskError> {
    let python = python::prepare(workspace, REQUIREMENTS, "zig")?;
    let asked = "import os, ziglang; print(os.path.dirname(ziglang.__file__), end='')";
    let folder = process::output(Command::new(python).args(["-c", asked]))?;
    let zig = PathBuf::from(String::from_utf8_lossy(&folder).into_owned());
    let mut fits = true;
    for phone in PHONES {
        install(phone)?;
        let passed = process::stream(&mut phone.check(workspace, &zig)?, |_, line| {
            println!("{line}");
        })?;
        let told = if passed { "ok" } else { "FAILED" };
        println!("check-phones: {}: {told}", phone.target);
        fits &= passed;
    }
    Ok(fits)
}

/// Has rustup bring what the target needs.
fn install(phone: &Phone) -> Result<(), TaskError> {
    let mut rustup = Command::new("rustup");
    match phone.library {
        Library::Installed => rustup.args(["target", "add", phone.target]),
        Library::Built => rustup.args(["component", "add", "rust-src"]),
    };
    process::run(&mut rustup)
}

impl Phone {
    /// Cargo, told to check the phone library for this phone.
    fn check(&self, workspace: &Workspace, zig: &Path) -> Result<Command, TaskError> {
        let folder = workspace.target.join("phones");
        fs::create_dir_all(&folder).map_err(|error| TaskError::file(&folder, error))?;
        let mut compiler = format!("{} cc -target {}", zig.join("zig").display(), self.zig);
        if self.target.contains("apple") {
            let headers = zig.join("lib/libc/include/any-darwin-any");
            compiler.push_str(&format!(" -isystem {}", headers.display()));
        }
        // As the cc crate names its variables.
        let variable = self.target.replace('-', "_");
        let mut cargo = process::cargo();
        cargo
            .current_dir(&workspace.root)
            .args(["check", "-p", "companion-ffi", "--target", self.target])
            .arg("--target-dir")
            .arg(&folder)
            .env(format!("CC_{variable}"), compiler)
            // Any archiver does, as nothing is linked.
            .env(format!("AR_{variable}"), "ar")
            // The compiler has been told its target in zig's words; those of clang would be refused.
            .env("CRATE_CC_NO_DEFAULTS", "1")
            // A folder of Apple's is asked for and not read.
            .env("SDKROOT", &folder);
        if self.library == Library::Built {
            cargo
                .arg("-Zbuild-std=std,panic_unwind")
                .env("RUSTC_BOOTSTRAP", "1");
        }
        Ok(cargo)
    }
}
