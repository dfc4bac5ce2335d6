-- vault.db, schema 1: one enrolment's work.
--
-- Beside each column stands what a reader of the stolen file sees:
--   plain   the value itself: a count, an order or a state, never a name, an id of a channel, a time of a message or text
--   D, T, E a `01` value of formats.md 8 under that key; the words after it are its place in the associated data
--   03      a `03` value: sealed to somebody else's public key
--   hash    a keyed hash (16 bytes, by T) of what is searched by equality; the words after it are its place

-- The copy of T under D, by the number of the copied key. It is also the proof that both keys belong to this file.
CREATE TABLE copies (
    id INTEGER PRIMARY KEY, -- plain: key id
    value BLOB NOT NULL -- D: copies.value
);

-- Small named values: cursors, bindings, tokens, the head of the chain, the last id of each table.
CREATE TABLE control (
    id INTEGER PRIMARY KEY, -- plain: row
    name BLOB NOT NULL UNIQUE, -- hash: control.name
    value BLOB NOT NULL -- T: control.value (the name's hash, then the value)
);

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, -- plain: the number that stands for the conversation in all tables
    key BLOB NOT NULL UNIQUE, -- hash: conversations.key
    last INTEGER NOT NULL, -- plain: number of its newest activity, from the counter of messages.id
    unread INTEGER NOT NULL, -- plain: count
    counts BLOB NOT NULL, -- T: conversations.counts (messages, last seq, records)
    value BLOB NOT NULL -- D: conversations.value
);
CREATE INDEX conversations_by_last ON conversations (last);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY, -- plain: order of arrival
    conversation INTEGER NOT NULL, -- plain: conversations.id
    seq INTEGER NOT NULL, -- plain: order in the conversation, counts up from 1
    value BLOB NOT NULL -- D: messages.value (bound to row, conversation and seq)
);
CREATE UNIQUE INDEX messages_by_seq ON messages (conversation, seq);

-- What is known under each key of formats.md 1. One tree for messages, their aliases and records, clustered by
-- conversation: a key is random, and spread over the whole file it would write a page for each message.
CREATE TABLE known (
    conversation INTEGER NOT NULL, -- plain: conversations.id
    key BLOB NOT NULL, -- hash: known.key
    message INTEGER, -- plain: messages.id of the message with this key or alias
    recorded INTEGER NOT NULL DEFAULT 0, -- plain: 1 once the chain holds a record with this key
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, -- plain: order of queueing
    lane INTEGER NOT NULL, -- plain: 0 customer, 1 mirror
    key BLOB NOT NULL UNIQUE, -- hash: outbox.key
    conversation INTEGER NOT NULL, -- plain: conversations.id
    state INTEGER NOT NULL, -- plain: 0 waits for `due`; the rest is the engine's
    due INTEGER NOT NULL, -- plain: ms since 1970
    attempts INTEGER NOT NULL, -- plain: count
    entry BLOB NOT NULL, -- T: outbox.entry
    payload BLOB NOT NULL -- E: outbox.payload
);
CREATE INDEX outbox_by_lane ON outbox (lane, state, due);

-- The keys that seal what is queued. Their ids are of the enrolment's one counter of key ids; 1 is D, 2 is T.
CREATE TABLE epochs (
    id INTEGER PRIMARY KEY, -- plain: key id
    day INTEGER NOT NULL, -- plain: days since 1970
    first INTEGER NOT NULL, -- plain: the first outbox.id that it may seal; the next epoch's `first` ends its range
    key BLOB NOT NULL, -- T: epochs.key
    escrow BLOB NOT NULL -- 03: the key for the company's escrow, item = key id
);

CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, -- plain: order
    value BLOB NOT NULL -- D: ledger.value
);
