//! The import law, read from the sources: what a file names, wherever it names it.

use super::{
    Finding,
    imports::DOORS,
    tree::{File, Tree},
};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::{
    spanned::Spanned,
    visit::{self, Visit},
};

const RULE: &str = "names";

/// Where decisions are made: nothing there may reach out by itself.
const PURE: &[&str] = &["core/domain/src/", "core/adapters/src/"];
/// What reaches out: the start of a path.
const OUTSIDE: &[&[&str]] = &[
    &["std", "env"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["getrandom"],
    &["log"],
    &["rand"],
    &["tracing"],
];
/// What reads a clock, under whatever path it was imported.
const CLOCKS: &[&str] = &["SystemTime", "Instant"];

/// Checks every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut sources = Vec::new();
    for file in tree.with_extension("rs") {
        match syn::parse_file(&file.text) {
            Ok(parsed) => {
                let mut names = Names::default();
                names.visit_file(&parsed);
                sources.push((file, names));
            }
            Err(error) => {
                let line = error.span().start().line;
                findings.push(Finding::new(
                    RULE,
                    &file.path,
                    line,
                    format!("cannot be parsed: {error}"),
                ));
            }
        }
    }
    let for_tests: Vec<_> = sources
        .iter()
        .flat_map(|(file, names)| names.test_modules(&file.path))
        .collect();
    for (file, names) in &sources {
        let in_tests = for_tests.iter().any(|module| file.path.starts_with(module));
        let pure = PURE.iter().any(|place| file.path.starts_with(place)) && !in_tests;
        findings.extend(
            names
                .found
                .iter()
                .filter_map(|name| judge(file, names, name, pure)),
        );
    }
    findings.dedup();
    findings
}

fn judge(file: &File, names: &Names, name: &Name, pure: bool) -> Option<Finding> {
    let first = name.path.first()?;
    if names.ours.contains(first) {
        return None;
    }
    let door = DOORS.iter().find(|door| door.library == first);
    if door.is_some_and(|door| !door.places.iter().any(|place| file.path.starts_with(place))) {
        return Some(Finding::new(
            RULE,
            &file.path,
            name.line,
            format!("may not name `{first}`"),
        ));
    }
    let outside = OUTSIDE.iter().any(|start| {
        name.path.len() >= start.len() && name.path.iter().zip(*start).all(|(a, b)| a == b)
    });
    let clock = name
        .path
        .iter()
        .any(|segment| CLOCKS.contains(&segment.as_str()));
    let written = name.path.join("::");
    (pure && !name.in_test && (outside || clock)).then(|| {
        Finding::new(
            RULE,
            &file.path,
            name.line,
            format!("a pure crate may not name `{written}`"),
        )
    })
}

/// A path of at least two segments or an imported one; a single word may be a variable.
struct Name {
    path: Vec<String>,
    line: usize,
    in_test: bool,
}

#[derive(Default)]
struct Names {
    found: Vec<Name>,
    /// What this file calls by the name of a library and is something else: a module or an import of another crate.
    ours: BTreeSet<String>,
    /// Modules in files of their own that only a test build compiles.
    test_modules: Vec<String>,
    in_test: bool,
}

impl Names {
    /// The starts of the paths of the modules that the file at `path` compiles for tests alone.
    fn test_modules(&self, path: &str) -> Vec<String> {
        let folder = ["lib.rs", "main.rs", "mod.rs"]
            .iter()
            .find_map(|root| path.strip_suffix(root))
            .map(str::to_owned);
        let folder = folder.unwrap_or_else(|| format!("{}/", path.trim_end_matches(".rs")));
        self.test_modules
            .iter()
            .flat_map(|name| ["/", ".rs"].map(|end| format!("{folder}{name}{end}")))
            .collect()
    }

    fn add(&mut self, path: Vec<String>, line: usize) {
        self.found.push(Name {
            path,
            line,
            in_test: self.in_test,
        });
    }

    /// Every leaf of `use a::{b, c::d}`.
    fn import(&mut self, start: &[String], tree: &syn::UseTree) {
        let line = tree.span().start().line;
        let with = |ident: &syn::Ident| {
            start
                .iter()
                .cloned()
                .chain([ident.to_string()])
                .collect::<Vec<_>>()
        };
        match tree {
            syn::UseTree::Path(path) => self.import(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => {
                let mut path = with(&name.ident);
                // `use a::b::{self}` brings in `b`.
                path.pop_if(|last| last == "self");
                if let [_, .., last] = path.as_slice() {
                    self.ours.insert(last.clone());
                }
                self.add(path, line);
            }
            syn::UseTree::Rename(rename) => self.add(with(&rename.ident), line),
            syn::UseTree::Glob(_) => self.add(start.to_vec(), line),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(start, tree))
            }
        }
    }

    /// Every `a::b::c` among the tokens of a macro call, which have no syntax tree.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut joins = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if joins != 2 {
                        self.end(&mut path, line);
                    }
                    line = ident.span().start().line;
                    path.push(ident.to_string());
                    joins = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => joins += 1,
                TokenTree::Group(group) => {
                    self.end(&mut path, line);
                    if group.delimiter() != Delimiter::None || !group.stream().is_empty() {
                        self.tokens(group.stream());
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.end(&mut path, line),
            }
        }
        self.end(&mut path, line);
    }

    fn end(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.add(path, line);
        }
    }

    fn within(&mut self, attributes: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        let outer = self.in_test;
        self.in_test |= attributes.iter().any(is_for_tests);
        visit(self);
        self.in_test = outer;
    }
}

impl Visit<'_> for Names {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.within(&item.attrs, |names| names.import(&[], &item.tree));
    }

    fn visit_item_extern_crate(&mut self, item: &syn::ItemExternCrate) {
        self.add(vec![item.ident.to_string()], item.span().start().line);
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        self.ours.insert(item.ident.to_string());
        if item.content.is_none() && item.attrs.iter().any(is_for_tests) {
            self.test_modules.push(item.ident.to_string());
        }
        self.within(&item.attrs, |names| visit::visit_item_mod(names, item));
    }

    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.within(&item.attrs, |names| visit::visit_item_fn(names, item));
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let words: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if words.len() > 1 || path.leading_colon.is_some() {
            self.add(words, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

/// Whether the attribute is `#[cfg(test)]`, alone or among others.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let words: Vec<_> = list
        .tokens
        .clone()
        .into_iter()
        .map(|token| token.to_string())
        .collect();
    list.path.is_ident("cfg")
        && words.iter().any(|word| word == "test")
        && !words.iter().any(|word| word == "not")
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let (_folder, tree) = planted(&[(path, text)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_library_is_named_behind_its_door() {
        let text = "use rusqlite::Connection;\nfn f() { ::ring::digest::digest() }";
        assert_eq!(
            findings(
                "core/gateway/src/store/sqlite.rs",
                "use rusqlite::Connection;"
            ),
            [""; 0]
        );
        assert_eq!(
            findings("core/gateway/src/hooks.rs", text),
            [
                "core/gateway/src/hooks.rs:1: names: may not name `rusqlite`",
                "core/gateway/src/hooks.rs:2: names: may not name `ring`",
            ]
        );
    }

    #[test]
    fn a_pure_crate_reaches_for_nothing() {
        let text = "use std::{collections::BTreeMap, fs};\nfn f() { std::env::var(\"A\"); }\nuse std::time::Instant as I;\n";
        assert_eq!(
            findings("core/domain/src/a.rs", text),
            [
                "core/domain/src/a.rs:1: names: a pure crate may not name `std::fs`",
                "core/domain/src/a.rs:2: names: a pure crate may not name `std::env::var`",
                "core/domain/src/a.rs:3: names: a pure crate may not name `std::time::Instant`",
            ]
        );
        assert_eq!(findings("core/engine/src/a.rs", text), [""; 0]);
    }

    #[test]
    fn a_macro_hides_nothing() {
        let text = "fn f() {\n    tracing::info!(\"a\");\n    println!(\"{:?}\", std::fs::read(\"a\"));\n}\n";
        assert_eq!(
            findings("core/adapters/src/a.rs", text),
            [
                "core/adapters/src/a.rs:2: names: a pure crate may not name `tracing::info`",
                "core/adapters/src/a.rs:3: names: a pure crate may not name `std::fs::read`",
            ]
        );
    }

    #[test]
    fn a_test_of_a_pure_crate_may_read_its_samples() {
        let text = "#[cfg(test)]\nmod tests { use std::fs; }\n#[cfg(test)] use std::env;\n";
        assert_eq!(findings("core/adapters/src/a.rs", text), [""; 0]);
        let outside = "#[cfg(test)]\nmod samples;\n";
        let (_folder, tree) = planted(&[
            ("core/adapters/src/a.rs", outside),
            ("core/adapters/src/a/samples.rs", "use std::fs;"),
        ]);
        assert_eq!(check(&tree), []);
        assert_eq!(
            findings("core/adapters/src/a.rs", "#[cfg(not(test))]\nuse std::fs;").len(),
            1
        );
    }

    #[test]
    fn a_module_with_the_name_of_a_library_is_not_the_library() {
        for import in ["{hpke, seal}", "hpke::{self, Purpose}"] {
            let text = format!("use companion_crypto::{import};\nfn f() {{ hpke::open(); }}\n");
            assert_eq!(findings("core/engine/src/a.rs", &text), [""; 0]);
        }
        assert_eq!(
            findings("core/engine/src/a.rs", "use hpke::{self, open};").len(),
            1
        );
    }

    #[test]
    fn a_word_that_is_no_path_names_nothing() {
        assert_eq!(
            findings(
                "core/domain/src/a.rs",
                "fn f(ring: u8) -> u8 { let log = ring; log }"
            ),
            [""; 0]
        );
    }
}
