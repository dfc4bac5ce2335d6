//! What a phone library is made of, as a CycloneDX document: the crates that are linked into it and the C library that one
//! of them brings. The same library gives the same document: no time and no number of its own is in it.

use super::read;
use crate::{
    error::TaskError,
    process,
    workspace::{Package, Workspace},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The crate that brings SQLite along, and where in it SQLite says its version.
const SQLITE: (&str, &str, &str) = ("libsqlite3-sys", "sqlite3/sqlite3.h", "SQLITE_VERSION");

/// The document for the crate `root`, built for `targets`.
pub fn make(workspace: &Workspace, root: &str, targets: &[&str]) -> Result<Vec<u8>, TaskError> {
    let tree = tree(workspace, root, targets)?;
    let everything = Workspace::load_all(&workspace.root)?;
    let lock = Lock::read(workspace)?;
    let mut components = Vec::new();
    let mut edges = edges(&tree);
    for package in &everything.packages {
        let reference = reference(&package.name, &package.version);
        if !edges.contains_key(&reference) {
            continue;
        }
        components.push(Component::of(package, lock.checksum(package)));
        if let Some(sqlite) = Component::sqlite(package)? {
            let needs = edges.entry(reference).or_default();
            needs.insert(sqlite.reference.clone());
            edges.insert(sqlite.reference.clone(), BTreeSet::new());
            components.push(sqlite);
        }
    }
    let (ours, components): (Vec<_>, Vec<_>) = components
        .into_iter()
        .partition(|component| component.name == root);
    let dependencies: Vec<_> = edges
        .iter()
        .map(|(reference, on)| json!({"ref": reference, "dependsOn": on}))
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours.first()},
        "components": components,
        "dependencies": dependencies,
    });
    serde_json::to_vec_pretty(&document).map_err(|error| malformed(root, &error))
}

/// What cargo links into the library, a line for each edge: depth, name, version.
fn tree(workspace: &Workspace, root: &str, targets: &[&str]) -> Result<String, TaskError> {
    let mut cargo = process::cargo();
    cargo
        .current_dir(&workspace.root)
        .args(["tree", "--quiet", "-p", root, "-e", "normal,no-proc-macro"])
        .args(["--prefix", "depth", "--format", " {p}"])
        .args(targets.iter().flat_map(|target| ["--target", target]));
    let lines = process::output(&mut cargo)?;
    Ok(String::from_utf8_lossy(&lines).into_owned())
}

/// Which crate needs which. A crate whose needs were told above is told once more without them.
fn edges(tree: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut above: Vec<String> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        let depth = words.next().and_then(|depth| depth.parse::<usize>().ok());
        let (Some(depth), Some(name), Some(version)) = (depth, words.next(), words.next()) else {
            continue;
        };
        let here = reference(name, version.trim_start_matches('v'));
        above.truncate(depth);
        if let Some(needs) = above.last().and_then(|parent| edges.get_mut(parent)) {
            needs.insert(here.clone());
        }
        edges.entry(here.clone()).or_default();
        above.push(here);
    }
    edges
}

/// One part of the library, in CycloneDX's words.
#[derive(Clone, Debug, Serialize)]
struct Component {
    r#type: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: String,
    version: String,
    purl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<String>,
    licenses: Vec<Value>,
    hashes: Vec<Value>,
}

impl Component {
    /// A crate, with the checksum that cargo holds what it downloads against.
    fn of(package: &Package, checksum: Option<&str>) -> Self {
        let reference = reference(&package.name, &package.version);
        // `/` is how crates wrote OR in former days.
        let licence = package.license.iter();
        let licence = licence.map(|terms| json!({"expression": terms.replace('/', " OR ")}));
        let checksum = checksum.iter();
        let checksum = checksum.map(|hash| json!({"alg": "SHA-256", "content": hash}));
        Self {
            r#type: "library",
            reference: reference.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            purl: reference,
            cpe: None,
            licenses: licence.collect(),
            hashes: checksum.collect(),
        }
    }

    /// SQLite, if `package` is the crate that brings it.
    fn sqlite(package: &Package) -> Result<Option<Self>, TaskError> {
        let (brings, file, word) = SQLITE;
        if package.name != brings {
            return Ok(None);
        }
        let header = package.manifest_path.with_file_name(file);
        let text = read(&header)?;
        let text = String::from_utf8_lossy(&text);
        let define = format!("#define {word} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&define));
        let version = line
            .map(|line| line.trim().trim_matches('"'))
            .ok_or_else(|| malformed(&header.to_string_lossy(), &format!("no {word}")))?;
        Ok(Some(Self {
            r#type: "library",
            reference: format!("pkg:generic/sqlite@{version}"),
            name: "sqlite".into(),
            version: version.into(),
            purl: format!("pkg:generic/sqlite@{version}"),
            cpe: Some(format!("cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*")),
            licenses: vec![json!({"license": {"id": "blessing"}})],
            hashes: Vec::new(),
        }))
    }
}

/// A crate's package URL, which is its name within the document too.
fn reference(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// The checksums that cargo holds downloaded crates against.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Lock {
    fn read(workspace: &Workspace) -> Result<Self, TaskError> {
        let path = workspace.root.join("Cargo.lock");
        let text = read(&path)?;
        toml::from_slice(&text).map_err(|error| malformed("Cargo.lock", &error))
    }

    fn checksum(&self, package: &Package) -> Option<&str> {
        let mut locked = self.package.iter();
        locked
            .find(|locked| locked.name == package.name && locked.version == package.version)
            .and_then(|locked| locked.checksum.as_deref())
    }
}

fn malformed(place: &str, reason: &dyn std::fmt::Display) -> TaskError {
    TaskError::Malformed {
        place: place.into(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bom_ref(component: &Value) -> String {
        component["bom-ref"].as_str().unwrap().to_owned()
    }

    fn named<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
        let components = document["components"].as_array().unwrap();
        components
            .iter()
            .find(|component| component["name"] == name)
    }

    #[test]
    fn edges_are_read_from_the_tree() {
        let tree = "0 a v1.0.0 (/somewhere)\n1 b v0.2.0\n2 c v3.0.0\n1 d v1.0.0\n2 b v0.2.0 (*)\n";
        let on = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("pkg:cargo/{name}"))
                .collect()
        };
        let expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::from([
            ("pkg:cargo/a@1.0.0".into(), on(&["b@0.2.0", "d@1.0.0"])),
            ("pkg:cargo/b@0.2.0".into(), on(&["c@3.0.0"])),
            ("pkg:cargo/c@3.0.0".into(), on(&[])),
            ("pkg:cargo/d@1.0.0".into(), on(&["b@0.2.0"])),
        ]);
        assert_eq!(edges(tree), expected);
    }

    #[test]
    fn the_phone_library_is_listed_with_what_is_linked_and_nothing_else() {
        let workspace = Workspace::load().unwrap();
        let made = make(&workspace, "companion-ffi", &["aarch64-linux-android"]).unwrap();
        let document: Value = serde_json::from_slice(&made).unwrap();
        assert_eq!(document["metadata"]["component"]["name"], "companion-ffi");
        for linked in [
            "companion-engine",
            "uniffi_core",
            "ring",
            "rusqlite",
            "sqlite",
        ] {
            assert!(named(&document, linked).is_some(), "{linked}");
        }
        for other in [
            "companion-testkit",
            "serde_derive",
            "cc",
            "axum",
            "companion-ffi",
        ] {
            assert!(named(&document, other).is_none(), "{other}");
        }
        let ring = named(&document, "ring").unwrap();
        assert_eq!(ring["licenses"][0]["expression"], "Apache-2.0 AND ISC");
        let hash = ring["hashes"][0]["content"].as_str().unwrap();
        assert_eq!(hash.len(), 64);

        let components = document["components"].as_array().unwrap();
        let mut known: BTreeSet<_> = components.iter().map(bom_ref).collect();
        known.insert(bom_ref(&document["metadata"]["component"]));
        for edge in document["dependencies"].as_array().unwrap() {
            let on = edge["dependsOn"]
                .as_array()
                .unwrap()
                .iter()
                .chain([&edge["ref"]]);
            for reference in on {
                assert!(known.contains(reference.as_str().unwrap()), "{reference}");
            }
        }
        let again = make(&workspace, "companion-ffi", &["aarch64-linux-android"]).unwrap();
        assert_eq!(made, again);
    }
}
