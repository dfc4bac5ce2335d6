//! The durable steps at which a test may stop the process.

pub(crate) const SCHEMA_BEFORE_COMMIT: &str = "vault.schema.before_commit";
pub(crate) const SCHEMA_COMMITTED: &str = "vault.schema.committed";
pub(crate) const GROUP_BEFORE_COMMIT: &str = "vault.group.before_commit";
pub(crate) const GROUP_BETWEEN_COMMITS: &str = "vault.group.between_commits";
pub(crate) const GROUP_COMMITTED: &str = "vault.group.committed";
pub(crate) const GROUP_ANSWERED: &str = "vault.group.answered";
pub(crate) const QUARANTINE_RELEASED: &str = "vault.quarantine.released";
pub(crate) const EPOCH_MADE: &str = "vault.epoch.made";
pub(crate) const JOURNAL_WRITTEN: &str = "vault.journal.written";
pub(crate) const JOURNAL_SYNCED: &str = "vault.journal.synced";
pub(crate) const FILE_WRITTEN: &str = "vault.slots.written";
pub(crate) const FILE_RENAMED: &str = "vault.slots.renamed";
pub(crate) const FILE_SYNCED: &str = "vault.slots.synced";

/// Every point of this crate. A run that kills at each of them has tried each durable step.
pub const FAULT_POINTS: &[&str] = &[
    SCHEMA_BEFORE_COMMIT,
    SCHEMA_COMMITTED,
    GROUP_BEFORE_COMMIT,
    GROUP_BETWEEN_COMMITS,
    GROUP_COMMITTED,
    GROUP_ANSWERED,
    QUARANTINE_RELEASED,
    EPOCH_MADE,
    JOURNAL_WRITTEN,
    JOURNAL_SYNCED,
    FILE_WRITTEN,
    FILE_RENAMED,
    FILE_SYNCED,
];
