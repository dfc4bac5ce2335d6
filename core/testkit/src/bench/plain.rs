//! P, the other side: the same bodies through the same reader into ordinary SQLite. WAL, `synchronous = FULL`, cache and
//! indexes as ours; readable columns; a message, its conversation and its outbox row in one transaction. It keeps no
//! chain, no ledger, no versions of messages and no quarantine.

use super::bodies::START;
use crate::world::Failure;
use companion_adapters::channel::whatsapp;
use companion_domain::{
    event::{ChannelEvent, EventBody, Origin},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA cache_size = -8192; PRAGMA busy_timeout = 5000;";

const SCHEMA: &str = "
    CREATE TABLE conversations (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, last INTEGER NOT NULL,
        unread INTEGER NOT NULL, title TEXT, preview TEXT);
    CREATE INDEX conversations_by_last ON conversations (last);
    CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, seq INTEGER NOT NULL,
        key TEXT NOT NULL, sent_at INTEGER, author TEXT, text TEXT, UNIQUE (conversation, key));
    CREATE UNIQUE INDEX messages_by_seq ON messages (conversation, seq);
    CREATE TABLE outbox (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, due INTEGER NOT NULL,
        attempts INTEGER NOT NULL, payload TEXT NOT NULL);
    CREATE INDEX outbox_due ON outbox (due, id) WHERE state = 0;";

/// How many rows a page has, as ours.
const PAGE: u32 = 50;

/// The plain store.
pub(super) struct Plain {
    db: Connection,
    path: PathBuf,
    sync: Duration,
}

impl Plain {
    /// A store in `folder` of which each commit takes `sync` longer.
    pub(super) fn create(folder: &Path, sync: Duration) -> Result<Self, Failure> {
        let path = folder.join("plain.db");
        let db = connect(&path)?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db, path, sync })
    }

    /// Takes bodies in one transaction.
    pub(super) fn ingest(&mut self, bodies: &[Vec<u8>]) -> Result<(), Failure> {
        let transaction = self.db.transaction()?;
        for body in bodies {
            let read = whatsapp::inbound::read(body, Timestamp::from_seconds(START));
            for event in &read.map_err(|_| "a body is no payload")?.events {
                take(&transaction, event)?;
            }
        }
        thread::sleep(self.sync);
        Ok(transaction.commit()?)
    }

    /// Opens the store anew and reads the first page of the inbox.
    pub(super) fn reopen(&mut self) -> Result<usize, Failure> {
        self.db = connect(&self.path)?;
        let sql = "SELECT id, title, preview, unread FROM conversations ORDER BY last DESC LIMIT ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map([PAGE], |row| {
            let texts: (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
            Ok((row.get::<_, i64>(0)?, texts, row.get::<_, i64>(3)?))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.len())
    }

    /// Closes the file, so that it holds everything.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        self.db = Connection::open_in_memory()?;
        Ok(())
    }

    /// Reads the newest page of a conversation, by its number from 1.
    pub(super) fn page(&self, conversation: usize) -> Result<usize, Failure> {
        let sql =
            "SELECT id, sent_at, author, text FROM messages WHERE conversation = ? AND seq < ?
            ORDER BY seq DESC LIMIT ?";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![conversation, i64::MAX, PAGE], |row| {
            let texts: (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, texts))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.len())
    }

    /// The file that holds what is stored.
    pub(super) fn files(&self) -> [PathBuf; 1] {
        [self.path.clone()]
    }
}

/// A connection with the pragmas that ours has.
pub(super) fn connect(path: &Path) -> Result<Connection, Failure> {
    let db = Connection::open(path)?;
    db.execute_batch(PRAGMAS)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn take(db: &Connection, event: &ChannelEvent) -> Result<(), Failure> {
    let EventBody::Message { content, .. } = &event.body else {
        return Ok(());
    };
    let key = event.conversation.id.as_str();
    let author = event
        .author
        .as_ref()
        .and_then(|author| author.name.as_deref());
    let conversation = conversation(db, key, author)?;
    let source = event.source_id.as_ref().map(|id| id.as_str());
    let sent_at = event.sent_at.map(Timestamp::ms);
    let sql = "INSERT INTO messages (conversation, seq, key, sent_at, author, text)
        SELECT ?1, 1 + ifnull(max(seq), 0), ?2, ?3, ?4, ?5 FROM messages WHERE conversation = ?1
        ON CONFLICT DO NOTHING";
    let row = params![conversation, source, sent_at, author, content.text];
    if db.prepare_cached(sql)?.execute(row)? == 0 {
        return Ok(());
    }
    let last = db.last_insert_rowid();
    let preview: Option<String> = content
        .text
        .as_ref()
        .map(|text| text.chars().take(80).collect());
    let unread = u32::from(event.origin != Origin::History);
    let sql = "UPDATE conversations SET last = ?, unread = unread + ?, preview = ? WHERE id = ?";
    let row = params![last, unread, preview, conversation];
    db.prepare_cached(sql)?.execute(row)?;
    let sql = "INSERT INTO outbox (state, due, attempts, payload) VALUES (0, 0, 0, ?)";
    let payload = serde_json::to_string(event)?;
    db.prepare_cached(sql)?.execute([payload])?;
    Ok(())
}

fn conversation(db: &Connection, key: &str, title: Option<&str>) -> Result<i64, Failure> {
    let sql = "SELECT id FROM conversations WHERE key = ?";
    let found = db.prepare_cached(sql)?.query_row([key], |row| row.get(0));
    if let Some(id) = found.optional()? {
        return Ok(id);
    }
    let sql = "INSERT INTO conversations (key, last, unread, title) VALUES (?, 0, 0, ?)";
    db.prepare_cached(sql)?.execute(params![key, title])?;
    Ok(db.last_insert_rowid())
}
