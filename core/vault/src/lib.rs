//! The work store of one enrolment: messages, outbox, chain and ledger in `vault.db`, the quarantine in `personal.db`,
//! control decisions in `journal.jsonl`, sealed keys in `slots.json`.
//!
//! Both databases are ordinary SQLite with sealed columns (formats.md 8); `schema/*.sql` says beside each column under
//! which key it is sealed. All writing goes through one thread, which commits in groups ([`Vault::write`]).
//!
//! # The order of the two commits
//! No commit is atomic over two WAL files, so a group commits in the order in which a kill between two steps is
//! harmless:
//! 1. `personal.db` with what the group puts into quarantine. A kill here leaves items that nobody acknowledged yet;
//!    they come again and are known by their hash.
//! 2. `vault.db` with the work, the cursor of what was received among it. From here on the jobs are done.
//! 3. `personal.db` without the items that the group released. A kill before it leaves items that are work already; the
//!    engine releases them again and finds their messages by key.

mod arrival;
mod content;
mod control;
mod conversation;
mod db;
mod epoch;
mod error;
mod fault;
mod file;
pub mod journal;
mod known;
mod ledger;
mod open;
mod outbox;
mod passcode;
mod quarantine;
mod record;
mod schema;
mod seal;
pub mod slots;
mod transaction;
mod vault;
mod writer;

pub use arrival::ArrivalRow;
pub use conversation::{ConversationHead, ConversationRow, MessageRow};
pub use error::VaultError;
pub use fault::FAULT_POINTS;
pub use known::Known;
pub use ledger::LedgerRow;
pub use outbox::{CUSTOMER, MIRROR, OutboxRow, WAITING};
pub use quarantine::{QuarantineRow, QuarantinedConversation};
pub use record::ChainState;
pub use schema::DATABASES;
pub use transaction::{Read, Write};
pub use vault::{Vault, VaultConfig, VaultKeys};
pub use writer::Ticket;
