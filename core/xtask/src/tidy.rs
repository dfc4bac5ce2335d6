//! `cargo xtask tidy`: the rules that no compiler knows. Each stands in a file of its own, beside the test that breaks it.

mod columns;
mod decisions;
mod documents;
mod folders;
mod hosts;
mod imports;
mod licences;
mod names;
mod sizes;
mod texts;
mod tree;
mod words;

use crate::{error::TaskError, workspace::Workspace};
use std::fmt;
use tree::Tree;

/// Checks every rule and prints what breaks one. Whether nothing does.
pub fn run(workspace: &Workspace) -> Result<bool, TaskError> {
    let everything = Workspace::load_all(&workspace.root)?;
    let tree = Tree::read(&workspace.root)?;
    let findings = check(&everything, &tree)?;
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "tidy: {} files, {} findings",
        tree.files.len(),
        findings.len()
    );
    Ok(findings.is_empty())
}

/// What breaks a rule, by file and line.
fn check(workspace: &Workspace, tree: &Tree) -> Result<Vec<Finding>, TaskError> {
    let mut findings = Vec::new();
    findings.extend(imports::check(workspace));
    findings.extend(names::check(tree));
    findings.extend(sizes::check(workspace, tree));
    findings.extend(licences::check(workspace, tree));
    findings.extend(columns::check(tree));
    findings.extend(documents::check(tree)?);
    findings.extend(words::check(tree));
    findings.extend(hosts::check(tree));
    findings.extend(folders::check(tree));
    findings.extend(decisions::check(tree));
    findings.extend(texts::check(tree)?);
    findings.sort();
    Ok(findings)
}

/// One place that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    rule: &'static str,
    what: String,
}

impl Finding {
    fn new(rule: &'static str, file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.rule, self.what
        )
    }
}
