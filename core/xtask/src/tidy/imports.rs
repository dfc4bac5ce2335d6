//! The import law, read from the manifests: which crate of ours may depend on which, and which alone may name a library.

use super::Finding;
use crate::workspace::{Package, Workspace};

const RULE: &str = "imports";

/// Who may depend on whom, each on what stands right of it. `companion-` is left out.
const LAW: &[(&str, &[&str])] = &[
    ("bindgen", &[]),
    ("domain", &[]),
    ("crypto", &[]),
    ("adapters", &["crypto", "domain"]),
    ("vault", &["crypto", "domain"]),
    ("sealer", &["crypto", "domain"]),
    (
        "engine",
        &["adapters", "crypto", "domain", "sealer", "vault"],
    ),
    ("gateway", &["adapters", "crypto", "domain"]),
    (
        "companionctl",
        &["adapters", "crypto", "domain", "engine", "vault"],
    ),
    ("ffi-sealer", &["sealer"]),
    (
        "ffi",
        &[
            "adapters",
            "crypto",
            "domain",
            "engine",
            "ffi-sealer",
            "vault",
        ],
    ),
    (
        "ffi-testing",
        &[
            "adapters", "crypto", "domain", "engine", "ffi", "gateway", "testkit",
        ],
    ),
    (
        "terminal",
        &["adapters", "crypto", "domain", "engine", "vault"],
    ),
    (
        "testkit",
        &[
            "adapters",
            "companionctl",
            "crypto",
            "domain",
            "engine",
            "gateway",
            "sealer",
            "vault",
        ],
    ),
    ("xtask", &[]),
];

/// What any crate may depend on besides, for its tests.
const FOR_TESTS: &str = "testkit";

/// A library that only some folders may name.
#[derive(Debug)]
pub struct Door {
    /// The library.
    pub library: &'static str,
    /// The folders and files behind the door, as the start of a path.
    pub places: &'static [&'static str],
}

const SHELLS: &[&str] = &[
    "core/companionctl/",
    "core/engine/",
    "core/ffi/",
    "core/ffi-testing/",
    "core/gateway/",
    "core/testkit/",
    "sample-apps/terminal/",
];

/// The doors. The test kit measures against a plain database and reads ours as an attacker would.
pub const DOORS: &[Door] = &[
    Door {
        library: "argon2",
        places: &["core/crypto/"],
    },
    Door {
        library: "hpke",
        places: &["core/crypto/"],
    },
    Door {
        library: "ring",
        places: &["core/crypto/"],
    },
    Door {
        library: "rusqlite",
        places: &["core/vault/", "core/gateway/src/store", "core/testkit/"],
    },
    Door {
        library: "tokio",
        places: SHELLS,
    },
    Door {
        library: "uniffi",
        places: &[
            "core/ffi/",
            "core/ffi-sealer/",
            "core/ffi-testing/",
            "core/bindgen/",
        ],
    },
];

/// Checks every manifest of ours.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .ours()
        .flat_map(|package| check_package(workspace, package))
        .collect()
}

fn check_package(workspace: &Workspace, package: &Package) -> Vec<Finding> {
    let manifest = workspace.relative(&package.manifest_path);
    let folder = manifest.trim_end_matches("Cargo.toml");
    let name = short(&package.name);
    let Some((_, allowed)) = LAW.iter().find(|(crate_name, _)| *crate_name == name) else {
        return vec![Finding::new(
            RULE,
            &manifest,
            1,
            format!("`{name}` has no place in the import law"),
        )];
    };
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let wanted = short(&dependency.name);
        let ours = LAW
            .iter()
            .any(|(crate_name, _)| dependency.name == format!("companion-{crate_name}"));
        let for_tests = dependency.kind.as_deref() == Some("dev") && wanted == FOR_TESTS;
        let line = workspace.line_of(&package.manifest_path, &dependency.name);
        if ours && !for_tests && !allowed.contains(&wanted) {
            findings.push(Finding::new(
                RULE,
                &manifest,
                line,
                format!("`{name}` may not depend on `{wanted}`"),
            ));
        }
        let door = DOORS.iter().find(|door| door.library == dependency.name);
        if door.is_some_and(|door| !door.places.iter().any(|place| place.starts_with(folder))) {
            findings.push(Finding::new(
                RULE,
                &manifest,
                line,
                format!("`{name}` may not name `{wanted}`"),
            ));
        }
    }
    findings
}

fn short(name: &str) -> &str {
    name.strip_prefix("companion-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    /// The findings of a workspace with `core/domain`, `core/crypto` and one more crate with these dependencies.
    fn findings(name: &str, dependencies: &str) -> Vec<String> {
        let manifest = |name: &str, rest: &str| {
            format!(
                "[package]\nname = \"companion-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}"
            )
        };
        let path = format!("core/{name}/Cargo.toml");
        let (folder, _) = planted(&[
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"core/*\"]\n",
            ),
            ("core/domain/Cargo.toml", &manifest("domain", "")),
            ("core/domain/src/lib.rs", ""),
            ("core/testkit/Cargo.toml", &manifest("testkit", "")),
            ("core/testkit/src/lib.rs", ""),
            (
                "core/rusqlite/Cargo.toml",
                "[package]\nname = \"rusqlite\"\nversion = \"0.1.0\"\n",
            ),
            ("core/rusqlite/src/lib.rs", ""),
            (&path, &manifest(name, dependencies)),
            (&format!("core/{name}/src/lib.rs"), ""),
        ]);
        let workspace = Workspace::load_all(folder.path()).unwrap();
        let findings = check(&workspace);
        findings
            .iter()
            .filter(|finding| finding.file == path)
            .map(ToString::to_string)
            .collect()
    }

    const DOMAIN: &str = "companion-domain = { path = \"../domain\" }";
    const TESTKIT: &str = "companion-testkit = { path = \"../testkit\" }";
    const RUSQLITE: &str = "rusqlite = { path = \"../rusqlite\" }";

    #[test]
    fn a_crate_may_depend_on_what_stands_right_of_it() {
        assert_eq!(
            findings("vault", &format!("[dependencies]\n{DOMAIN}\n{RUSQLITE}")),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_may_not_depend_against_the_law() {
        assert_eq!(
            findings("crypto", &format!("[dependencies]\n{DOMAIN}")),
            ["core/crypto/Cargo.toml:6: imports: `crypto` may not depend on `domain`"]
        );
    }

    #[test]
    fn the_test_kit_is_for_tests_alone() {
        assert_eq!(
            findings("engine", &format!("[dev-dependencies]\n{TESTKIT}")),
            [""; 0]
        );
        assert_eq!(
            findings("engine", &format!("[dependencies]\n{TESTKIT}")),
            ["core/engine/Cargo.toml:6: imports: `engine` may not depend on `testkit`"]
        );
    }

    #[test]
    fn a_library_behind_a_door_stays_there() {
        assert_eq!(
            findings("engine", &format!("[dependencies]\n{RUSQLITE}")),
            ["core/engine/Cargo.toml:6: imports: `engine` may not name `rusqlite`"]
        );
    }

    #[test]
    fn a_crate_outside_the_law_is_found() {
        assert_eq!(
            findings("helpers", ""),
            ["core/helpers/Cargo.toml:1: imports: `helpers` has no place in the import law"]
        );
    }
}
