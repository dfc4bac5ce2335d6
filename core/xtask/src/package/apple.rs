//! XCFrameworks for a Swift package: one with the core, one with the core and the disaster kit behind the same door, one for
//! extensions.
//!
//! The first two hold the door's symbols, so one program can link only one of them. The second therefore stands in the place of
//! the first, under its name, where an app's tests are built; `docs/packages.md` shows how.

use super::{archive, copy, finish, fresh, write};
use crate::{
    error::TaskError,
    phones::{self, Kind},
    process,
    workspace::Workspace,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Rust's names of what an XCFramework holds: the phone, its simulator, and the Mac on which `swift test` runs.
const TARGETS: &[&str] = &[
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
    "aarch64-apple-darwin",
];
/// The oldest systems, as `Package.swift` names them.
const OLDEST: &[(&str, &str)] = &[
    ("IPHONEOS_DEPLOYMENT_TARGET", "17.0"),
    ("MACOSX_DEPLOYMENT_TARGET", "14.0"),
];
/// One XCFramework.
struct Framework {
    /// What it is called where it is downloaded.
    download: &'static str,
    /// The name of the target that the package links.
    target: &'static str,
    /// The archive in each slice.
    library: &'static str,
    /// The crate.
    package: &'static str,
    /// Its C modules, each a folder of the Swift package with a header of its name.
    modules: &'static [&'static str],
}

const FRAMEWORKS: &[Framework] = &[
    Framework {
        download: "CompanionFFI",
        target: "CompanionFFI",
        library: "libcompanion_ffi.a",
        package: "companion-ffi",
        modules: &["CompanionFFI"],
    },
    Framework {
        download: "CompanionTestingFFI",
        target: "CompanionFFI",
        library: "libcompanion_ffi.a",
        package: "companion-ffi-testing",
        modules: &["CompanionFFI", "CompanionTestingFFI"],
    },
    Framework {
        download: "CompanionSealerFFI",
        target: "CompanionSealerFFI",
        library: "libcompanion_ffi_sealer.a",
        package: "companion-ffi-sealer",
        modules: &["CompanionSealerFFI"],
    },
];

/// Builds them, packs them, and prints what `Package.swift` says about them.
pub fn package(workspace: &Workspace) -> Result<(), TaskError> {
    if !process::works(Command::new("xcodebuild").arg("-version")) {
        return Err(TaskError::Missing {
            what: "Xcode 16 or newer, which only a Mac has,".into(),
            line: "sudo xcode-select --switch /Applications/Xcode.app".into(),
        });
    }
    process::run(Command::new("rustup").args(["target", "add"]).args(TARGETS))?;
    let to = fresh(workspace.target.join("package/apple"))?;
    let mut zips = Vec::new();
    for framework in FRAMEWORKS {
        let zip = framework.make(workspace, &to)?;
        println!("{}", binary_target(&archive::checksum(&zip)?, framework));
        zips.push(zip);
    }
    let packages: Vec<_> = FRAMEWORKS
        .iter()
        .map(|framework| framework.package)
        .collect();
    finish(workspace, &to, TARGETS, &packages, zips)
}

impl Framework {
    /// Builds each slice and joins them; returns the zip in the folder `to`.
    fn make(&self, workspace: &Workspace, to: &Path) -> Result<PathBuf, TaskError> {
        let folder = to.join(self.download);
        let framework = folder.join(format!("{}.xcframework", self.target));
        let headers = folder.join("Headers");
        self.headers(&workspace.root, &headers)?;
        let mut join = Command::new("xcodebuild");
        join.arg("-create-xcframework");
        for target in TARGETS {
            let (mut cargo, built) =
                phones::build(workspace, self.package, Kind::Archive, Some(target));
            process::run(cargo.envs(OLDEST.iter().copied()))?;
            let slice = folder.join(target).join(self.library);
            copy(&built, &slice)?;
            join.arg("-library")
                .arg(slice)
                .arg("-headers")
                .arg(&headers);
        }
        process::run(join.arg("-output").arg(&framework))?;
        let zip = to.join(format!("{}.xcframework.zip", self.download));
        archive::pack(&framework, &format!("{}.xcframework/", self.target), &zip)?;
        Ok(zip)
    }

    /// The headers, each in a folder of its own: two module maps at the same place collide in Xcode.
    fn headers(&self, root: &Path, to: &Path) -> Result<(), TaskError> {
        for module in self.modules {
            let header = format!("{module}.h");
            let folder = to.join(module);
            let committed = root
                .join("bindings-swift/Sources")
                .join(module)
                .join(&header);
            copy(&committed, &folder.join(&header))?;
            let map = format!("module {module} {{ header \"{header}\" export * }}\n");
            write(&folder.join("module.modulemap"), map.as_bytes())?;
        }
        Ok(())
    }
}

/// What stands in `Package.swift`; where the zip will lie is for whoever releases to fill in.
fn binary_target(checksum: &str, framework: &Framework) -> String {
    format!(
        ".binaryTarget(name: \"{}\", url: \"https://…/{}.xcframework.zip\", checksum: \"{checksum}\")",
        framework.target, framework.download
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn each_module_has_its_header_and_map_in_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for framework in FRAMEWORKS {
            let headers = folder.path().join(framework.download);
            framework.headers(&root(), &headers).unwrap();
            for module in framework.modules {
                let text =
                    |name: &str| fs::read_to_string(headers.join(module).join(name)).unwrap();
                assert!(
                    text(&format!("{module}.h")).contains("RustBuffer"),
                    "{module}"
                );
                assert_eq!(
                    text("module.modulemap"),
                    format!("module {module} {{ header \"{module}.h\" export * }}\n")
                );
            }
        }
    }

    #[test]
    fn each_target_stands_in_the_package() {
        let package = fs::read_to_string(root().join("bindings-swift/Package.swift")).unwrap();
        for Framework { target, .. } in FRAMEWORKS {
            assert!(
                package.contains(&format!("{target}.xcframework")),
                "{target}"
            );
        }
    }

    #[test]
    fn the_oldest_systems_are_those_of_the_package() {
        let package = fs::read_to_string(root().join("bindings-swift/Package.swift")).unwrap();
        for (variable, version) in OLDEST {
            let major = version.trim_end_matches(".0");
            let platform = if variable.starts_with("IPHONE") {
                "iOS"
            } else {
                "macOS"
            };
            assert!(
                package.contains(&format!(".{platform}(.v{major})")),
                "{variable}"
            );
        }
    }
}
