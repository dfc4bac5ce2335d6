//! Gradle never runs here: what its files say must be what Maven builds and Robolectric runs.

use std::{collections::BTreeMap, fs, path::Path};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn library(path: &str) -> String {
    read(&format!("bindings-kotlin/{path}"))
}

fn catalog() -> toml::Table {
    library("gradle/libs.versions.toml").parse().unwrap()
}

/// The text between `<tag>` and `</tag>`, wherever it stands.
fn elements<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split(close.as_str()).next())
        .collect()
}

/// What follows `start` up to the next quotation mark.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn gradle_and_maven_name_the_same_versions() {
    let pom = library("pom.xml");
    let catalog = catalog();
    for (name, version) in catalog["versions"].as_table().unwrap() {
        let tag = format!("{name}.version");
        if let [ours] = elements(&pom, &tag)[..] {
            assert_eq!(Some(ours), version.as_str(), "{tag}");
        } else {
            let gradle_alone = ["agp", "compileSdk", "minSdk"];
            assert!(gradle_alone.contains(&name.as_str()), "{tag} in pom.xml");
        }
    }
}

#[test]
fn gradle_and_maven_name_the_same_dependencies() {
    let catalog = catalog();
    let libraries: BTreeMap<_, _> = catalog["libraries"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(name, library)| (name.replace('-', "."), library["module"].as_str().unwrap()))
        .collect();
    let build = library("android/build.gradle.kts");
    let (_, dependencies) = build.split_once("dependencies {").unwrap();
    let mut gradle: Vec<_> = dependencies
        .split("(libs.")
        .skip(1)
        .map(|rest| libraries[rest.split(')').next().unwrap()])
        .collect();
    gradle.sort_unstable();

    let pom = library("android/pom.xml");
    let shipped = elements(&pom, "dependency")
        .into_iter()
        .filter(|dependency| elements(dependency, "scope").is_empty());
    let mut maven: Vec<_> = shipped
        .map(|dependency| {
            let part = |tag| elements(dependency, tag)[0];
            format!("{}:{}", part("groupId"), part("artifactId"))
        })
        .collect();
    maven.sort_unstable();
    assert_eq!(gradle, maven);
}

#[test]
fn the_oldest_android_of_gradle_is_one_that_the_tests_run_on() {
    let properties = library("android/src/test/resources/robolectric.properties");
    let (_, versions) = properties.trim().split_once("sdk=").unwrap();
    let oldest = versions.split(',').next();
    let catalog = catalog();
    assert_eq!(catalog["versions"]["minSdk"].as_str(), oldest);
    assert!(library("README.md").contains(&format!("API {}", oldest.unwrap())));
}

#[test]
fn the_namespace_is_the_package_of_the_sources() {
    let build = library("android/build.gradle.kts");
    let source = library("android/src/main/kotlin/companion/android/AndroidDeviceFacts.kt");
    let [namespace] = quoted(&build, "namespace = \"")[..] else {
        panic!("one namespace");
    };
    assert!(source.starts_with(&format!("package {namespace}\n")));
    // The Android plugin takes it from here alone and refuses one in the manifest.
    assert!(!library("android/src/main/AndroidManifest.xml").contains("package="));
}

#[test]
fn gradle_compiles_what_maven_compiles() {
    let folders = |text: String| {
        let named = ["../kit/src/main/kotlin", "/kotlin-android"];
        named.map(|folder| {
            text.contains(&format!("{folder}\"")) || text.contains(&format!("{folder}<"))
        })
    };
    assert_eq!(folders(library("android/build.gradle.kts")), [true, true]);
    assert_eq!(folders(library("android/pom.xml")), [true, true]);
}

#[test]
fn snippets_of_the_documents_are_code_that_is_compiled() {
    let quickstart = "android/src/test/kotlin/companion/android/Quickstart.kt";
    let compiled = unindented(&library(quickstart));
    for document in [
        "README.md",
        "bindings-kotlin/README.md",
        "docs/quickstart-android.md",
    ] {
        let text = read(document);
        let snippets: Vec<_> = text.split("```kotlin\n").skip(1).collect();
        assert!(!snippets.is_empty(), "{document}");
        for snippet in snippets {
            let snippet = snippet.split("```").next().unwrap();
            assert!(
                compiled.contains(&unindented(snippet)),
                "{document}:\n{snippet}"
            );
        }
    }
}

/// Without the spaces at the beginnings of lines, and without empty lines.
fn unindented(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
