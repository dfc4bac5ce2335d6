//! A comment says why the code is as it is; what is still to be done stands in an issue.

use super::{
    Finding,
    tree::{File, Tree},
};

const RULE: &str = "words";
/// Words that announce work instead of explaining code, as they are written.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];
/// The same in sentences, in lower case.
const PHRASES: &[&str] = &["for now"];

/// Checks the comments of every source file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let Some(sign) = comment_sign(file) else {
        return Vec::new();
    };
    let comments = file
        .lines()
        .filter_map(|(line, text)| Some((line, text.split_once(sign)?.1)));
    let found = comments.flat_map(|(line, comment)| {
        let lower = comment.to_lowercase();
        let marks = MARKS.iter().filter(|mark| has_word(comment, mark));
        let unwanted = marks.chain(
            PHRASES
                .iter()
                .filter(move |phrase| has_word(&lower, phrase)),
        );
        unwanted
            .map(|word| {
                Finding::new(
                    RULE,
                    &file.path,
                    line,
                    format!("`{}` in a comment", word.trim()),
                )
            })
            .collect::<Vec<_>>()
    });
    found.collect()
}

/// What begins a comment in files of this kind.
fn comment_sign(file: &File) -> Option<&'static str> {
    match file.extension()? {
        "rs" | "kt" | "swift" => Some("//"),
        "sql" => Some("--"),
        "py" | "sh" | "toml" => Some("#"),
        _ => None,
    }
}

/// Whether `word` stands in `text` and is not a part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|start| start.chars().next_back());
        let after = text
            .get(at + found.len()..)
            .and_then(|end| end.chars().next());
        !inside(before) && !inside(after)
    })
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
    fn comments_that_explain_pass() {
        let text = "let mark = \"TODO\";\n// A forenoon is waited for nowhere.\n";
        assert_eq!(findings("core/a/src/b.rs", text), [""; 0]);
    }

    #[test]
    fn comments_that_announce_work_are_found() {
        // The sign is joined at run time: this file must itself pass.
        let comment = |sign: &str, word: &str| format!("code {sign} {word}: later\n");
        let slashes = comment_sign(&File {
            path: "b.rs".to_owned(),
            text: String::new(),
        })
        .unwrap();
        assert_eq!(
            findings(
                "core/a/src/b.rs",
                &(comment(slashes, "TODO") + &comment(slashes, "Only for now"))
            ),
            [
                "core/a/src/b.rs:1: words: `TODO` in a comment",
                "core/a/src/b.rs:2: words: `for now` in a comment"
            ]
        );
        assert_eq!(
            findings("core/a/a.sql", &comment("--", "FIXME")),
            ["core/a/a.sql:1: words: `FIXME` in a comment"]
        );
    }
}
