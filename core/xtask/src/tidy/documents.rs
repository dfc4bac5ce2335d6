//! What the documents promise is there: a linked file exists, a cargo command is one that this workspace knows.

use super::{
    Finding,
    tree::{File, Tree},
};
use crate::{cli::Cli, error::TaskError};
use clap::{
    Parser,
    error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand},
};
use serde::Deserialize;
use std::collections::BTreeMap;

const RULE: &str = "documents";
const CONFIG: &str = ".cargo/config.toml";
/// What cargo itself knows and a document may name.
const BUILT_IN: &[&str] = &[
    "add", "build", "clippy", "doc", "fmt", "install", "run", "test", "update",
];

/// Checks every Markdown file.
pub fn check(tree: &Tree) -> Result<Vec<Finding>, TaskError> {
    let aliases = Aliases::read(tree)?;
    let findings = tree.with_extension("md").flat_map(|file| {
        let links = links(file)
            .into_iter()
            .filter(|(_, target)| !tree.holds(&resolve(&file.path, target)));
        let dead = links.map(|(line, target)| {
            Finding::new(RULE, &file.path, line, format!("`{target}` does not exist"))
        });
        let commands = commands(file).into_iter().filter_map(|(line, command)| {
            let reason = aliases.refuses(&command)?;
            Some(Finding::new(
                RULE,
                &file.path,
                line,
                format!("`cargo {command}`: {reason}"),
            ))
        });
        dead.chain(commands).collect::<Vec<_>>()
    });
    Ok(findings.collect())
}

/// The relative targets of `[text](target)`, without their anchor.
fn links(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in file.lines() {
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((line, target.to_owned()));
            }
        }
    }
    found
}

/// `target` as seen from the folder of `file`, as a path from the root.
fn resolve(file: &str, target: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                // Outside of the repository nothing is ours: a name that no file has.
                if parts.pop().is_none() {
                    return format!("../{target}");
                }
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What follows `cargo ` in code: between backticks, or on a line of a code block.
fn commands(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (line, text) in file.lines() {
        if text.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block || text.starts_with("    ") {
            let code = text
                .trim()
                .trim_start_matches("$ ")
                .split(" #")
                .next()
                .unwrap_or_default();
            found.extend(
                code.strip_prefix("cargo ")
                    .map(|command| (line, command.trim().to_owned())),
            );
        } else {
            let spans = text.split('`').skip(1).step_by(2);
            found.extend(
                spans.filter_map(|code| {
                    Some((line, code.strip_prefix("cargo ")?.trim().to_owned()))
                }),
            );
        }
    }
    found
}

/// The words that `.cargo/config.toml` teaches cargo.
#[derive(Debug, Default, Deserialize)]
struct Aliases {
    #[serde(default)]
    alias: BTreeMap<String, String>,
}

impl Aliases {
    fn read(tree: &Tree) -> Result<Self, TaskError> {
        let Some(file) = tree.file(CONFIG) else {
            return Ok(Self::default());
        };
        toml::from_str(&file.text).map_err(|error| TaskError::Malformed {
            place: CONFIG.into(),
            reason: error.message().to_owned(),
        })
    }

    /// Why `cargo <command>` would not start, if so.
    fn refuses(&self, command: &str) -> Option<String> {
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        if BUILT_IN.contains(&word) {
            return None;
        }
        let Some(alias) = self.alias.get(word) else {
            return Some(format!("neither cargo's nor an alias: `{word}`"));
        };
        // An alias of ours runs this program: what follows `--` is our command line.
        let (_, ours) = alias.split_once("companion-xtask --")?;
        let line = std::iter::once("cargo xtask")
            .chain(ours.split_whitespace())
            .chain(rest.split_whitespace());
        match Cli::try_parse_from(line) {
            Ok(_) => None,
            Err(error)
                if matches!(
                    error.kind(),
                    DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand
                ) =>
            {
                None
            }
            Err(error) => error
                .to_string()
                .lines()
                .next()
                .map(|reason| reason.trim_start_matches("error: ").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    const ALIASES: (&str, &str) = (
        ".cargo/config.toml",
        "[alias]\ndemo = \"run -p companion-xtask -- demo\"\nxtask = \"run -p companion-xtask --\"\n",
    );

    fn findings(path: &str, text: &str) -> Vec<(usize, String)> {
        let (_folder, tree) = planted(&[
            ALIASES,
            ("SECURITY.md", ""),
            ("core/formats/a.json", "{}"),
            (path, text),
        ]);
        check(&tree)
            .unwrap()
            .into_iter()
            .map(|finding| (finding.line, finding.what))
            .collect()
    }

    #[test]
    fn links_and_commands_that_exist_pass() {
        let text = "\
See [how](SECURITY.md#report), [formats](core/formats/) and [elsewhere](https://example.com/x).
Run `cargo demo`, `cargo xtask test rust` or `cargo xtask --help`; `cargo xtask` lists the rest.
```sh
$ cargo demo -- --seed 7    # other names
cargo test --workspace
```
";
        assert_eq!(findings("README.md", text), []);
        assert_eq!(
            findings(
                "core/ARCHITECTURE.md",
                "[formats](formats), [security](../SECURITY.md)"
            ),
            []
        );
    }

    #[test]
    fn a_dead_link_is_found() {
        assert_eq!(
            findings("README.md", "\n[a](docs/a.md)"),
            [(2, "`docs/a.md` does not exist".to_owned())]
        );
        assert_eq!(
            findings("core/README.md", "[a](../../a.md)"),
            [(1, "`../../a.md` does not exist".to_owned())]
        );
    }

    #[test]
    fn an_unknown_command_is_found() {
        let text =
            "Run `cargo xtask tests`.\n\n    cargo frobnicate\n\n`cargo xtask test everything`\n";
        let found = findings("README.md", text);
        assert_eq!(
            found.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [1, 3, 5]
        );
        assert!(
            found[0].1.contains("unrecognized subcommand 'tests'"),
            "{found:?}"
        );
        assert!(
            found[1]
                .1
                .contains("neither cargo's nor an alias: `frobnicate`"),
            "{found:?}"
        );
        assert!(
            found[2].1.contains("invalid value 'everything'"),
            "{found:?}"
        );
    }
}
