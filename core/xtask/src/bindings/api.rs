//! The rules of the exported surface, and what counts as breaking it.
//!
//! The text has a version line, then blocks: a line that begins at the margin, and its indented parts. A block is one
//! thing: another part, or another order, is another constructor or another `switch` on the phone.

use std::collections::BTreeMap;

/// The text as it is committed.
pub fn with_version(version: &str, api: &str) -> String {
    format!("version {version}\n{api}")
}

/// What breaks a rule that every exported thing keeps.
pub fn rules(api: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (head, parts) in blocks(api) {
        let calls = std::iter::once(head).chain(parts.iter().copied());
        for call in calls.filter(|line| line.trim_start().starts_with("fn ")) {
            if !call.contains(" throws ") {
                let call = call.trim_start();
                findings.push(format!(
                    "api: `{call}` does not throw: a panic in it would end the app"
                ));
            }
        }
        let named = |kind: &str| {
            head.strip_prefix(kind)
                .is_some_and(|name| name == "Companion")
        };
        if ["enum ", "error ", "object ", "port ", "record "]
            .into_iter()
            .any(named)
        {
            findings.push(format!(
                "api: `{head}` hides the module in Swift and the companion object in Kotlin"
            ));
        }
        if head.starts_with("error ") {
            let message = |part: &&&str| part.contains("(message:") || part.contains(", message:");
            findings.extend(parts.iter().filter(message).map(|part| {
                format!(
                    "api: `{head}`: `{}` does not compile in Kotlin: a field named message",
                    part.trim_start()
                )
            }));
        }
    }
    findings
}

/// What `now` takes away from `committed` or changes in it, unless the version says so: a new major one, or a new minor
/// one below 1.0. What it adds breaks nobody.
pub fn breaks(committed: &str, now: &str) -> Vec<String> {
    if may_break(version(committed), version(now)) {
        return Vec::new();
    }
    let after = blocks(now);
    let changed = blocks(committed)
        .into_iter()
        .filter_map(|(head, parts)| match after.get(head) {
            Some(same) if *same == parts => None,
            Some(_) => Some(format!("api: `{head}` changed")),
            None => Some(format!("api: `{head}` is gone")),
        });
    changed
        .map(|what| what + ", and the version does not say so")
        .collect()
}

fn may_break(before: Option<[&str; 2]>, now: Option<[&str; 2]>) -> bool {
    match (before, now) {
        (Some(["0", before]), Some(["0", now])) => before != now,
        (Some([before, _]), Some([now, _])) => before != now,
        (None, _) | (_, None) => true,
    }
}

fn version(api: &str) -> Option<[&str; 2]> {
    let mut parts = api.lines().next()?.strip_prefix("version ")?.split('.');
    Some([parts.next()?, parts.next()?])
}

fn blocks(api: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut blocks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut head = "";
    for line in api.lines().filter(|line| !line.starts_with("version ")) {
        if line.starts_with(' ') {
            blocks.entry(head).or_default().push(line);
        } else {
            head = line;
            blocks.entry(head).or_default();
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "version 0.1.2\n\
        fn live_objects() -> UInt64 throws CompanionError\n\
        record Page\n    after: Int64? = none\n    limit: UInt32 = 50\n";

    fn with(from: &str, to: &str) -> String {
        assert!(BEFORE.contains(from));
        BEFORE.replace(from, to)
    }

    #[test]
    fn the_same_and_an_addition_break_nobody() {
        assert_eq!(breaks(BEFORE, BEFORE), [""; 0]);
        let more = BEFORE.to_owned() + "record Notice\n    at: Timestamp\n";
        assert_eq!(breaks(BEFORE, &more), [""; 0]);
        assert_eq!(breaks("", BEFORE), [""; 0]);
    }

    #[test]
    fn a_call_that_goes_breaks() {
        let less = with("fn live_objects() -> UInt64 throws CompanionError\n", "");
        assert_eq!(
            breaks(BEFORE, &less),
            [
                "api: `fn live_objects() -> UInt64 throws CompanionError` is gone, and the version does not say so"
            ]
        );
    }

    #[test]
    fn a_part_that_comes_goes_or_moves_breaks() {
        for now in [
            with("    limit: UInt32 = 50\n", ""),
            with("    limit", "    new: String\n    limit"),
            with(
                "    after: Int64? = none\n    limit: UInt32 = 50\n",
                "    limit: UInt32 = 50\n    after: Int64? = none\n",
            ),
        ] {
            assert_eq!(
                breaks(BEFORE, &now),
                ["api: `record Page` changed, and the version does not say so"]
            );
        }
    }

    #[test]
    fn the_version_may_say_that_something_breaks() {
        let less = with("record Page\n", "record Other\n");
        for (version, allowed) in [("0.1.3", false), ("0.2.0", true), ("1.1.2", true)] {
            let now = less.replace("0.1.2", version);
            assert_eq!(breaks(BEFORE, &now).is_empty(), allowed, "{version}");
        }
        let [before, now] = [
            BEFORE.replace("0.1.2", "1.1.0"),
            less.replace("0.1.2", "1.2.0"),
        ];
        assert_eq!(breaks(&before, &now).len(), 1);
    }

    #[test]
    fn what_the_rules_forbid_is_found() {
        assert_eq!(rules(BEFORE), [""; 0]);
        for (line, of) in [
            ("fn a() -> UInt64\n", "does not throw"),
            ("port Sink\n    fn write(line: String)\n", "does not throw"),
            ("object Companion\n", "hides the module"),
            (
                "error E\n    Bad(code: String, message: String)\n",
                "named message",
            ),
        ] {
            let found = rules(&(BEFORE.to_owned() + line));
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].contains(of), "{found:?}");
        }
    }
}
