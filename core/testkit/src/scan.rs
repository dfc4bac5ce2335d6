//! Looks for words where they must not be, in every file below a folder, as a thief would.

use std::{fs, io, path::Path};

/// The files below `folder`, relative, that hold one of `words` as UTF-8 or as JSON escapes. `leave_out` names files or
/// folders that may hold them.
///
/// # Errors
/// Those of the file system; a file that goes away meanwhile is none.
pub fn files_holding(
    folder: &Path,
    words: &[String],
    leave_out: &[&str],
) -> io::Result<Vec<String>> {
    let needles: Vec<Vec<u8>> = words
        .iter()
        .flat_map(|word| [word.as_bytes().to_vec(), escaped(word)])
        .collect();
    let mut found = Vec::new();
    walk(folder, folder, &needles, leave_out, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(
    top: &Path,
    folder: &Path,
    needles: &[Vec<u8>],
    leave_out: &[&str],
    found: &mut Vec<String>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .strip_prefix(top)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        if leave_out.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(top, &path, needles, leave_out, found)?;
            continue;
        }
        match fs::read(&path) {
            Ok(bytes) if needles.iter().any(|needle| holds(&bytes, needle)) => found.push(name),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whether `bytes` hold `needle` somewhere.
pub fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && memchr::memmem::find(bytes, needle).is_some()
}

/// The word as JSON writes it in ASCII, which is how webhooks arrive.
fn escaped(word: &str) -> Vec<u8> {
    let mut text = String::new();
    for unit in word.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_plain_and_escaped_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        write("deep/plain", "…誕生日ケーキ…".as_bytes());
        write("escaped", br"x\u8a95\u751f\u65e5\u30b1\u30fc\u30adx");
        write("other", "誕生会".as_bytes());
        write("allowed", "誕生日ケーキ".as_bytes());
        let found = files_holding(folder.path(), &["誕生日ケーキ".into()], &["allowed"]).unwrap();
        assert_eq!(found, ["deep/plain", "escaped"]);
    }
}
