//! Golden vectors, made from a seed. The judge (core/formats/judge.py) makes and checks the same files, so that fresh
//! ones can travel both ways.

pub mod documents;
pub mod extension;
pub mod keysets;
pub mod make;
pub mod slots;

use companion_testkit::vectors;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The files of one set of vectors, by name.
pub type Vectors = BTreeMap<String, Value>;

/// `core/formats`.
pub fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats")
}

/// Reads every `.json` of a folder.
pub fn read(folder: &Path) -> Vectors {
    let mut vectors = Vectors::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            vectors.insert(name, json);
        }
    }
    vectors
}

/// Writes a set of vectors into a folder.
pub fn write(folder: &Path, vectors: &Vectors) {
    fs::create_dir_all(folder).unwrap();
    for (name, json) in vectors {
        let text = serde_json::to_string_pretty(json).unwrap() + "\n";
        fs::write(folder.join(name).with_extension("json"), text).unwrap();
    }
}

/// Checks every file, and that there are some.
pub fn check(vectors: &Vectors) {
    assert!(!vectors.is_empty(), "no vectors");
    for (name, json) in vectors {
        vectors::check(name, &json.to_string()).unwrap();
    }
}

/// Base64url of bytes.
pub fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Bytes of base64url.
pub fn unb64(value: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text(value).as_bytes()).unwrap()
}

/// A text that must be there.
pub fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("text expected, not {value}"))
}

/// A list that must be there.
pub fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("list expected, not {value}"))
}
