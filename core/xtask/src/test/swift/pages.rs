//! The documents that show Swift: the blocks of one page, in their order, are one program.

use super::TaskError;
use std::{fs, path::Path};

/// Pages outside of the package's catalogue.
const PAGES: &[&str] = &[
    "README.md",
    "bindings-swift/README.md",
    "docs/quickstart-ios.md",
];
const CATALOGUE: &str = "bindings-swift/Sources/CompanionKit/CompanionKit.docc";

/// One page.
pub struct Page {
    /// From the root.
    pub path: String,
    text: String,
}

/// Every page that shows Swift.
pub fn all(root: &Path) -> Result<Vec<Page>, TaskError> {
    let catalogue = root.join(CATALOGUE);
    let mut paths: Vec<_> = PAGES.iter().map(|page| root.join(page)).collect();
    for entry in fs::read_dir(&catalogue).map_err(|error| TaskError::file(&catalogue, error))? {
        let path = entry
            .map_err(|error| TaskError::file(&catalogue, error))?
            .path();
        paths.extend((path.extension().is_some_and(|kind| kind == "md")).then_some(path));
    }
    paths.sort();
    let mut pages = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| TaskError::file(&path, error))?;
        let path = path.strip_prefix(root).unwrap_or(&path);
        let path = path.to_string_lossy().into_owned();
        pages.push(Page { path, text });
    }
    pages.retain(|page| !page.program().is_empty());
    Ok(pages)
}

impl Page {
    /// A file name that tells which page it was.
    pub fn program_name(&self) -> String {
        self.path.replace(['/', '.'], "-") + ".swift"
    }

    /// The Swift of the page, on the lines where it stands there.
    pub fn program(&self) -> String {
        let mut program = String::new();
        let mut inside = false;
        for line in self.text.lines() {
            match line {
                "```swift" => inside = true,
                "```" => inside = false,
                code if inside => program += code,
                _ => {}
            }
            program.push('\n');
        }
        if program.trim().is_empty() {
            program.clear();
        }
        program
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> String {
        let page = Page {
            path: "docs/a.md".to_owned(),
            text: text.to_owned(),
        };
        page.program()
    }

    #[test]
    fn the_blocks_of_a_page_keep_their_lines() {
        let text = "# A\n\n```swift\nlet a = 1\n```\n\n```sh\nls\n```\n```swift\nlet b = a\n```\n";
        assert_eq!(program(text), "\n\n\nlet a = 1\n\n\n\n\n\n\nlet b = a\n\n");
    }

    #[test]
    fn a_page_without_swift_has_no_program() {
        assert_eq!(program("# A\n\n```sh\nls\n```\n"), "");
    }
}
