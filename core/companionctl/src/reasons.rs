//! `companionctl reasons`: the page of the docs about every reason code, from the core's own table.

use companion_domain::reason::{Code, Language};
use std::fmt::{self, Write as _};

const HEAD: &str = "# Reasons

Whatever is held back, locked or refused says why, by one of these codes. `explain()` gives its text to the employee, and a time
where there is one; an administrator finds the code in the journal, in diagnostics and in receipts. Each is told here with what to
look at, whose rule it is, and which acts or events end it.

This page is what `companionctl reasons` prints.
";

/// The page, in Markdown.
///
/// # Errors
/// None that a caller can cause.
pub fn page() -> Result<String, fmt::Error> {
    let mut page = HEAD.to_owned();
    for code in Code::ALL {
        let [ja, en] = [Language::Ja, Language::En].map(|language| code.reason(language));
        write!(
            page,
            "\n## {code}\n\n{}\n\n- Employee: {}\n- 従業員: {}\n- Whose rule: `{}`\n",
            code.admin_text(),
            en.text,
            ja.text,
            en.source,
        )?;
        if !en.ends_by.is_empty() {
            writeln!(page, "- Ends by: `{}`", en.ends_by.join("`, `"))?;
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn the_docs_have_every_reason_as_it_is() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reasons.md");
        let committed = fs::read_to_string(committed).unwrap_or_default();
        assert!(
            committed == page().unwrap(),
            "run: cargo run -q -p companion-companionctl -- reasons > docs/reasons.md"
        );
    }
}
