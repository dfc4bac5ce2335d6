//! Every stored column says under which key it lies, or why it needs none.

use super::{
    Finding,
    tree::{File, Tree},
};
use std::collections::BTreeMap;

const RULE: &str = "columns";
/// How a column may be stored: `plain`; sealed under the key D, T, E or P of a phone; `03` or `sealed` to somebody
/// else's public key; a keyed or plain `hash`; a signed `document` without content.
const NOTES: &[&str] = &[
    "plain", "D", "T", "E", "P", "03", "sealed", "hash", "document",
];
/// What begins a constraint and no column.
const CONSTRAINTS: &[&str] = &["PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"];

/// Checks every SQL file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("sql").flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let script = Script::read(&file.text);
    let mut findings = Vec::new();
    let mut taken = BTreeMap::new();
    for column in script.columns() {
        let mut find =
            |what: String| findings.push(Finding::new(RULE, &file.path, column.line, what));
        if let Some(other) = taken.insert(column.line, column.name) {
            find(format!("`{}` stands on the line of `{other}`", column.name));
            continue;
        }
        let note = script
            .comments
            .get(&column.line)
            .and_then(|comment| comment.split_once(':'));
        match note {
            Some((word, why)) if NOTES.contains(&word.trim()) && !why.trim().is_empty() => {}
            _ => find(format!(
                "`{}` needs a note `-- KEY: why`, KEY one of {}",
                column.name,
                NOTES.join(" ")
            )),
        }
    }
    findings
}

struct Column<'a> {
    name: &'a str,
    line: usize,
}

/// A script as words with their lines, and the comment that ends each line.
struct Script<'a> {
    words: Vec<(&'a str, usize)>,
    comments: BTreeMap<usize, &'a str>,
}

impl<'a> Script<'a> {
    fn read(text: &'a str) -> Self {
        let mut script = Self {
            words: Vec::new(),
            comments: BTreeMap::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let (code, comment) = line
                .split_once("--")
                .map_or((line, None), |(code, comment)| (code, Some(comment)));
            if let Some(comment) = comment {
                script.comments.insert(index + 1, comment.trim());
            }
            let mut rest = code;
            while let Some(word) = next_word(&mut rest) {
                script.words.push((word, index + 1));
            }
        }
        script
    }

    /// The first word of each element between the brackets of a CREATE TABLE, and what an ADD COLUMN adds.
    fn columns(&self) -> Vec<Column<'a>> {
        let mut columns = Vec::new();
        let mut depth = 0;
        let mut in_table = false;
        let mut begins = false;
        let mut last = ["", ""];
        for &(word, line) in &self.words {
            let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
            in_table |= is(word, "TABLE") && last.iter().any(|word| is(word, "CREATE"));
            let added = is(last[0], "ADD") && is(last[1], "COLUMN");
            if added || begins && !CONSTRAINTS.iter().any(|constraint| is(word, constraint)) {
                columns.push(Column { name: word, line });
            }
            match word {
                "(" => depth += 1,
                ")" => depth -= 1,
                ";" => in_table = false,
                _ => {}
            }
            begins = in_table && depth == 1 && (word == "," || word == "(");
            last = [last[1], word];
        }
        columns
    }
}

/// The next name, number, quoted text or sign of `rest`.
fn next_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_start();
    let first = text.chars().next()?;
    let end = match first {
        '\'' | '"' | '`' => text
            .char_indices()
            .skip(1)
            .find(|(_, c)| *c == first)
            .map(|(at, _)| at + 1),
        c if is_name(c) => text.find(|c| !is_name(c)),
        c => Some(c.len_utf8()),
    };
    let (word, after) = text.split_at_checked(end.unwrap_or(text.len()))?;
    *rest = after;
    Some(word)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::planted;
    use super::*;

    fn findings(text: &str) -> Vec<(usize, String)> {
        let (_folder, tree) = planted(&[("core/vault/src/schema/work_1.sql", text)]);
        check(&tree)
            .into_iter()
            .map(|finding| (finding.line, finding.what))
            .collect()
    }

    #[test]
    fn noted_columns_pass() {
        let text = "\
-- A table.
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY CHECK (id > 0 AND id < 9), -- plain: row
    name BLOB NOT NULL DEFAULT 'a, (b', -- hash: item.name
    value BLOB, -- 03: to the phone
    PRIMARY KEY (id, name),
    CONSTRAINT two UNIQUE (name, value)
) STRICT;
CREATE INDEX item_by_name ON item (name, value);
ALTER TABLE item ADD COLUMN more BLOB; -- D: item.more
INSERT INTO item VALUES (1, 2);
";
        assert_eq!(findings(text), []);
    }

    #[test]
    fn a_column_without_its_key_is_found() {
        let text = "CREATE TABLE item (\n  id INTEGER, -- plain: row\n  value BLOB -- the text\n);\nALTER TABLE item ADD COLUMN more BLOB;\n";
        let what = |name| {
            format!(
                "`{name}` needs a note `-- KEY: why`, KEY one of plain D T E P 03 sealed hash document"
            )
        };
        assert_eq!(findings(text), [(3, what("value")), (5, what("more"))]);
    }

    #[test]
    fn two_columns_do_not_share_a_note() {
        let text = "CREATE TEMP TABLE item (id INTEGER, value BLOB) -- plain: row\n";
        assert_eq!(
            findings(text),
            [(1, "`value` stands on the line of `id`".to_owned())]
        );
    }
}
