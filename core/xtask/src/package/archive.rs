//! Archives whose bytes depend on their content alone, and checksums.

use crate::{error::TaskError, package::read};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

/// Packs what lies in `folder` into the zip file `to`; `below` is put before each name, such as `Some.xcframework/`.
pub fn pack(folder: &Path, below: &str, to: &Path) -> Result<(), TaskError> {
    let file = File::create(to).map_err(|error| TaskError::file(to, error))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    // The first time that the format knows: when it was packed is not part of the content.
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for path in files(folder)? {
        let inside = path.strip_prefix(folder).unwrap_or(&path);
        let name = format!("{below}{}", inside.to_string_lossy().replace('\\', "/"));
        let bytes = read(&path)?;
        zip.start_file(name, options)
            .and_then(|()| Ok(zip.write_all(&bytes)?))
            .map_err(|error| TaskError::file(to, error.into()))?;
    }
    zip.finish()
        .map_err(|error| TaskError::file(to, error.into()))?;
    Ok(())
}

/// The SHA-256 of a file in hexadecimal, as `swift package compute-checksum` prints it.
pub fn checksum(path: &Path) -> Result<String, TaskError> {
    let digest = Sha256::digest(read(path)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A line for each file, as `sha256sum` writes it.
pub fn checksums(paths: &[PathBuf]) -> Result<String, TaskError> {
    let lines = paths.iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{}  {name}\n", checksum(path)?))
    });
    lines.collect()
}

/// Every file below `folder`, by path.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let failed = |error| TaskError::file(folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::write;
    use std::io::Read;

    #[test]
    fn an_archive_holds_every_file_under_its_name_and_is_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let content = folder.path().join("content");
        write(&content.join("b/c.so"), &[7; 9_000]).unwrap();
        write(&content.join("a.txt"), b"text").unwrap();
        let [one, two] = ["1.zip", "2.zip"].map(|name| folder.path().join(name));
        pack(&content, "In/", &one).unwrap();
        pack(&content, "In/", &two).unwrap();
        assert_eq!(read(&one).unwrap(), read(&two).unwrap());

        let mut zip = zip::ZipArchive::new(File::open(&one).unwrap()).unwrap();
        let names: Vec<_> = zip
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        assert_eq!(names, ["In/a.txt", "In/b/c.so"]);
        let mut bytes = Vec::new();
        let mut packed = zip.by_name("In/b/c.so").unwrap();
        packed.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [7; 9_000]);
    }

    #[test]
    fn checksums_are_those_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("abc.zip");
        write(&file, b"abc").unwrap();
        // FIPS 180-4's own example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            checksums(&[file]).unwrap(),
            format!("{expected}  abc.zip\n")
        );
    }
}
