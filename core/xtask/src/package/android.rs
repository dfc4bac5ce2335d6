//! An AAR: the Kotlin library, compiled by Maven as it is for the tests, with the core for each processor.

use super::{archive, copy, finish, fresh, read, write};
use crate::{
    bindings,
    error::TaskError,
    phones::{self, Kind},
    process,
    workspace::Workspace,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A processor: Rust's name, Android's, and the one in the names of the NDK's compilers.
struct Processor {
    target: &'static str,
    abi: &'static str,
    compiler: &'static str,
}

const PROCESSORS: &[Processor] = &[
    Processor {
        target: "aarch64-linux-android",
        abi: "arm64-v8a",
        compiler: "aarch64-linux-android",
    },
    Processor {
        target: "armv7-linux-androideabi",
        abi: "armeabi-v7a",
        compiler: "armv7a-linux-androideabi",
    },
    Processor {
        target: "x86_64-linux-android",
        abi: "x86_64",
        compiler: "x86_64-linux-android",
    },
];
const LIBRARY: &str = "libcompanion_ffi.so";
const PACKAGE: &str = "companion-ffi";
/// The folder of the Kotlin library, and the file beside it that names the oldest Android.
const ANDROID: &str = "bindings-kotlin/android";
const CATALOG: &str = "bindings-kotlin/gradle/libs.versions.toml";

/// Builds the core for each processor and the Kotlin above it, and packs both.
pub fn package(workspace: &Workspace) -> Result<(), TaskError> {
    let ndk = ndk().ok_or_else(|| TaskError::Missing {
        what: "the Android NDK, version 28 or newer,".into(),
        line: "sdkmanager 'ndk;28.2.13676358', then set ANDROID_NDK_HOME to its folder".into(),
    })?;
    let oldest = oldest(&workspace.root)?;
    let targets: Vec<_> = PROCESSORS
        .iter()
        .map(|processor| processor.target)
        .collect();
    process::run(
        Command::new("rustup")
            .args(["target", "add"])
            .args(&targets),
    )?;
    let to = fresh(workspace.target.join("package/android"))?;
    let libraries = PROCESSORS.iter().map(|processor| {
        let (mut cargo, built) =
            phones::build(workspace, PACKAGE, Kind::Dynamic, Some(processor.target));
        process::run(cargo.envs(processor.compiler(&ndk, &oldest)))?;
        Ok((processor.abi, built))
    });
    let libraries = libraries.collect::<Result<Vec<_>, TaskError>>()?;
    let classes = classes(workspace)?;
    let aar = to.join(format!(
        "companion-android-{}.aar",
        workspace.version(PACKAGE)?
    ));
    assemble(&workspace.root, &classes, &libraries, &to.join("aar"), &aar)?;
    finish(workspace, &to, &targets, &[PACKAGE], vec![aar])
}

impl Processor {
    /// What tells cargo, and the C in SQLite and ring, which compiler to take.
    fn compiler(&self, ndk: &Path, oldest: &str) -> Vec<(String, PathBuf)> {
        let tools = ndk.join("bin");
        let clang = tools.join(format!("{}{oldest}-clang", self.compiler));
        let variable = self.target.replace('-', "_");
        vec![
            (format!("CC_{variable}"), clang.clone()),
            (format!("AR_{variable}"), tools.join("llvm-ar")),
            (
                format!("CARGO_TARGET_{}_LINKER", variable.to_uppercase()),
                clang,
            ),
        ]
    }
}

/// The compilers of the NDK: the one that is named, else the newest of the Android SDK.
fn ndk() -> Option<PathBuf> {
    let named = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"].map(env::var_os);
    let named = named.into_iter().flatten().map(PathBuf::from);
    let sdk = env::var_os("ANDROID_HOME").map(|sdk| PathBuf::from(sdk).join("ndk"));
    let mut installed: Vec<_> = sdk.iter().flat_map(|sdk| entries(sdk)).collect();
    installed.sort();
    named
        .chain(installed.into_iter().rev())
        .flat_map(|ndk| entries(&ndk.join("toolchains/llvm/prebuilt")))
        .find(|tools| tools.join("bin").is_dir())
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The oldest Android that the library runs on, as an API level.
fn oldest(root: &Path) -> Result<String, TaskError> {
    let text = read(&root.join(CATALOG))?;
    let catalog: Option<toml::Table> = toml::from_slice(&text).ok();
    let level = catalog.as_ref().and_then(|catalog| {
        let versions = catalog.get("versions")?.as_table()?;
        versions.get("minSdk")?.as_str()
    });
    level
        .map(str::to_owned)
        .ok_or_else(|| TaskError::Malformed {
            place: CATALOG.into(),
            reason: "no version minSdk".into(),
        })
}

/// The folder with the compiled Kotlin.
fn classes(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    bindings::run(workspace, true)?;
    let mut maven = Command::new("mvn");
    maven
        .current_dir(&workspace.root)
        .args(["-B", "-ntp", "-q", "-f", "bindings-kotlin/pom.xml"])
        .args(["-pl", "android", "compile"])
        .arg(format!("-Dcargo.target={}", workspace.target.display()));
    process::run(&mut maven)?;
    Ok(workspace.target.join("kotlin/companion-android/classes"))
}

/// Lays out in `folder` what an AAR holds and packs it into `aar`.
fn assemble(
    root: &Path,
    classes: &Path,
    libraries: &[(&str, PathBuf)],
    folder: &Path,
    aar: &Path,
) -> Result<(), TaskError> {
    let android = root.join(ANDROID);
    let written = read(&android.join("src/main/AndroidManifest.xml"))?;
    let manifest = manifest(&String::from_utf8_lossy(&written), &oldest(root)?)?;
    write(&folder.join("AndroidManifest.xml"), manifest.as_bytes())?;
    copy(
        &android.join("consumer-rules.pro"),
        &folder.join("proguard.txt"),
    )?;
    // It has no resources, which this empty file says.
    write(&folder.join("R.txt"), b"")?;
    archive::pack(classes, "", &folder.join("classes.jar"))?;
    for (abi, library) in libraries {
        copy(library, &folder.join("jni").join(abi).join(LIBRARY))?;
    }
    archive::pack(folder, "", aar)
}

/// The manifest with what Gradle would add to it: the namespace and the oldest Android.
fn manifest(written: &str, oldest: &str) -> Result<String, TaskError> {
    let (open, rest) = written
        .split_once("<manifest ")
        .and_then(|(open, rest)| Some((open, rest.split_once('>')?)))
        .ok_or_else(|| TaskError::Malformed {
            place: "AndroidManifest.xml".into(),
            reason: "no element manifest".into(),
        })?;
    let (attributes, content) = rest;
    Ok(format!(
        "{open}<manifest package=\"companion.android\" {attributes}>\n    \
         <uses-sdk android:minSdkVersion=\"{oldest}\" />{content}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// A dynamic library for this machine.
    fn library(folder: &Path) -> PathBuf {
        let source = folder.join("empty.rs");
        write(
            &source,
            b"#[unsafe(no_mangle)] pub extern \"C\" fn door() {}\n",
        )
        .unwrap();
        let built = folder.join("built.so");
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-o"]);
        process::run(rustc.arg(&built).arg(source)).unwrap();
        built
    }

    #[test]
    fn an_aar_holds_what_gradle_looks_for() {
        let folder = tempfile::tempdir().unwrap();
        let classes = folder.path().join("classes");
        write(&classes.join("companion/sdk/Some.class"), b"code").unwrap();
        let library = library(folder.path());
        let aar = folder.path().join("made.aar");
        let libraries = [("x86_64", library.clone())];
        assemble(
            &root(),
            &classes,
            &libraries,
            &folder.path().join("aar"),
            &aar,
        )
        .unwrap();

        let mut zip = zip::ZipArchive::new(File::open(&aar).unwrap()).unwrap();
        let names: Vec<_> = zip
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        let expected = [
            "AndroidManifest.xml",
            "R.txt",
            "classes.jar",
            "jni/x86_64/libcompanion_ffi.so",
            "proguard.txt",
        ];
        assert_eq!(names, expected);
        let packed = zip.by_name("jni/x86_64/libcompanion_ffi.so").unwrap();
        assert_eq!(packed.size(), fs::metadata(&library).unwrap().len());
        drop(packed);
        let mut rules = String::new();
        let mut packed = zip.by_name("proguard.txt").unwrap();
        std::io::Read::read_to_string(&mut packed, &mut rules).unwrap();
        assert!(rules.contains("com.sun.jna"));
    }

    #[test]
    fn the_manifest_names_the_namespace_and_the_oldest_android_of_gradle() {
        let android = root().join(ANDROID);
        let written = fs::read_to_string(android.join("src/main/AndroidManifest.xml")).unwrap();
        let manifest = manifest(&written, &oldest(&root()).unwrap()).unwrap();
        let gradle = fs::read_to_string(android.join("build.gradle.kts")).unwrap();
        assert!(gradle.contains("namespace = \"companion.android\""));
        assert!(
            manifest.contains("package=\"companion.android\" xmlns:android="),
            "{manifest}"
        );
        assert!(
            manifest.contains("android:minSdkVersion=\"28\""),
            "{manifest}"
        );
        assert!(
            manifest.contains("android.permission.INTERNET"),
            "{manifest}"
        );
    }

    #[test]
    fn each_compiler_is_the_one_for_the_oldest_android() {
        let [arm, ..] = PROCESSORS else {
            panic!("no processor");
        };
        let ndk = Path::new("/ndk");
        let clang = PathBuf::from("/ndk/bin/aarch64-linux-android28-clang");
        let expected = [
            ("CC_aarch64_linux_android".to_owned(), clang.clone()),
            (
                "AR_aarch64_linux_android".to_owned(),
                "/ndk/bin/llvm-ar".into(),
            ),
            (
                "CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER".to_owned(),
                clang,
            ),
        ];
        assert_eq!(arm.compiler(ndk, "28"), expected);
        // As the NDK calls them.
        let names = PROCESSORS.iter().map(|processor| processor.compiler);
        assert!(names.eq([
            "aarch64-linux-android",
            "armv7a-linux-androideabi",
            "x86_64-linux-android",
        ]));
    }
}
