//! Makes the keys of [`Text`](src/texts.rs) of the texts that all sample apps share, so that a key that is missing there
//! does not compile.

use serde_json::Value;
use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path};

const SOURCE: &str = "../texts.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    let table: BTreeMap<String, Value> = serde_json::from_str(&fs::read_to_string(SOURCE)?)?;
    let mut made = String::from("texts! {\n");
    for (key, text) in &table {
        let in_language = |language: &str| {
            let text = text.get(language).and_then(Value::as_str);
            text.ok_or_else(|| format!("{SOURCE}: {key}: no text in {language}"))
        };
        let (ja, en) = (in_language("ja")?, in_language("en")?);
        writeln!(made, "    {} {ja:?}, {en:?};", variant(key))?;
    }
    made.push_str("}\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), made)?;
    Ok(())
}

/// `not_loaded` as `NotLoaded`.
fn variant(key: &str) -> String {
    let words = key.split('_').filter_map(|word| word.split_at_checked(1));
    words
        .map(|(first, rest)| first.to_uppercase() + rest)
        .collect()
}
