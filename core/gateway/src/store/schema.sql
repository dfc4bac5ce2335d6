-- The gateway's store. No column holds readable content: what people wrote lies in `sealed` columns, which only a
-- phone (`item`, `dead_letter`) or the poster (`accepted`) can open. Beside each column: how it lies here, and why so.

CREATE TABLE enrolment (
    enrolment     TEXT PRIMARY KEY,              -- plain: random id
    state         TEXT NOT NULL,                 -- plain: 'active' or 'revoked'
    kid           TEXT NOT NULL UNIQUE,          -- hash: thumbprint of a public key
    device        TEXT NOT NULL,                 -- plain: public key (JWK)
    inbox_key     BLOB NOT NULL,                 -- plain: public key (X25519)
    inbox         TEXT NOT NULL,                 -- plain: random id of this queue's life
    next_seq      INTEGER NOT NULL DEFAULT 1,    -- plain: counter, the number of the next item
    acked         INTEGER NOT NULL DEFAULT 0,    -- plain: counter, the phone holds everything up to here
    acked_at      INTEGER NOT NULL DEFAULT 0,    -- plain: ms since 1970, when it said so
    bytes         INTEGER NOT NULL DEFAULT 0,    -- plain: counter, sealed bytes that wait
    overflow_from INTEGER,                       -- plain: ms since 1970, first event that found no room
    overflow_to   INTEGER                        -- plain: ms since 1970, last event that found no room
) STRICT;

CREATE TABLE binding (
    channel   TEXT NOT NULL,                     -- plain: open word
    account   TEXT NOT NULL,                     -- plain: the company's own id, as in the configuration
    enrolment TEXT NOT NULL,                     -- plain: random id
    PRIMARY KEY (channel, account, enrolment)
) STRICT, WITHOUT ROWID;

-- Events already taken; kept for 8 days, a day longer than any channel repeats.
CREATE TABLE seen (
    channel   TEXT NOT NULL,                     -- plain: open word
    account   TEXT NOT NULL,                     -- plain: the company's own id
    event_key BLOB NOT NULL,                     -- hash: SHA-256 of the single event
    at        INTEGER NOT NULL,                  -- plain: ms since 1970
    PRIMARY KEY (channel, account, event_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

CREATE TABLE item (
    enrolment TEXT NOT NULL,                     -- plain: random id
    seq       INTEGER NOT NULL,                  -- plain: counter without gaps
    id        TEXT NOT NULL,                     -- hash: keyed by the event or random
    kind      TEXT NOT NULL,                     -- plain: open word
    exp       INTEGER NOT NULL,                  -- plain: seconds since 1970
    sealed    BLOB,                              -- sealed: `03` to the phone's inbox key; NULL once expired
    tombstone TEXT NOT NULL,                     -- document: JWS without content
    PRIMARY KEY (enrolment, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_exp ON item (exp) WHERE sealed IS NOT NULL;

-- Items that a phone refused, as they lay in its queue.
CREATE TABLE dead_letter (
    enrolment TEXT NOT NULL,                     -- plain: random id
    seq       INTEGER NOT NULL,                  -- plain: counter
    id        TEXT NOT NULL,                     -- hash: as in item
    reason    TEXT NOT NULL,                     -- plain: reason code
    sealed    BLOB,                              -- sealed: `03` to the phone's inbox key
    at        INTEGER NOT NULL,                  -- plain: ms since 1970
    PRIMARY KEY (enrolment, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    hash      BLOB PRIMARY KEY,                  -- hash: SHA-256 of the bearer token
    enrolment TEXT NOT NULL,                     -- plain: random id
    exp       INTEGER NOT NULL                   -- plain: ms since 1970
) STRICT, WITHOUT ROWID;

-- Assertions already taken, until they expire by themselves.
CREATE TABLE assertion (
    enrolment TEXT NOT NULL,                     -- plain: random id
    jti       BLOB NOT NULL,                     -- hash: SHA-256 of the jti
    exp       INTEGER NOT NULL,                  -- plain: ms since 1970
    PRIMARY KEY (enrolment, jti)
) STRICT, WITHOUT ROWID;

-- Every record and message that was ever taken: what makes a repeat a `duplicate`.
CREATE TABLE accepted (
    kind    TEXT NOT NULL,                       -- plain: 'record' or 'message'
    id      TEXT NOT NULL,                       -- hash: record key, keyed; or client_message_id (random)
    writer  TEXT NOT NULL,                       -- plain: random id
    digest  BLOB NOT NULL,                       -- hash: keyed of the content
    channel TEXT NOT NULL,                       -- plain: open word
    account TEXT NOT NULL,                       -- plain: the company's own id
    sealed  BLOB,                                -- sealed: `03` to the poster's key; NULL once nobody needs it
    outcome TEXT,                                -- plain: outcome word; NULL while it is on its way
    code    TEXT,                                -- plain: reason code
    told    INTEGER,                             -- plain: counter, the outcome's number in the writer's queue; NULL: untold
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accepted_told ON accepted (writer, told) WHERE told IS NOT NULL;

-- Who is told the outcome.
CREATE TABLE waiting (
    kind      TEXT NOT NULL,                     -- plain: as in accepted
    id        TEXT NOT NULL,                     -- hash: as in accepted
    enrolment TEXT NOT NULL,                     -- plain: random id
    PRIMARY KEY (kind, id, enrolment)
) STRICT, WITHOUT ROWID;

CREATE TABLE target (
    target TEXT PRIMARY KEY,                     -- plain: name in the configuration
    state  TEXT NOT NULL                         -- plain: pauses and counters (JSON)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    target       TEXT NOT NULL,                  -- plain: name in the configuration
    conversation TEXT NOT NULL,                  -- hash: keyed
    share        INTEGER NOT NULL,               -- plain: the number of the worker that serves it
    due          INTEGER,                        -- plain: ms since 1970; NULL: nothing waits
    PRIMARY KEY (target, conversation)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_due ON conversation (target, share, due) WHERE due IS NOT NULL;

CREATE TABLE post (
    target       TEXT NOT NULL,                  -- plain: name in the configuration
    conversation TEXT NOT NULL,                  -- hash: keyed
    seq          INTEGER NOT NULL,               -- plain: counter, the order within the conversation
    arrival      INTEGER NOT NULL,               -- plain: counter, the order among equal ones
    kind         TEXT NOT NULL,                  -- plain: as in accepted
    id           TEXT NOT NULL,                  -- hash: as in accepted
    entry        TEXT NOT NULL,                  -- plain: state, attempts and times (JSON)
    outcome      TEXT,                           -- plain: outcome word, of this target; NULL while it is on its way
    open         INTEGER NOT NULL DEFAULT 1,     -- plain: 1 while later ones of its conversation wait for it
    code         TEXT,                           -- plain: reason code, of this target
    PRIMARY KEY (target, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_order ON post (target, conversation, seq, arrival) WHERE open = 1;
CREATE INDEX post_id ON post (kind, id);

-- Keys of erased things, so that no late record brings them back.
CREATE TABLE erased (
    key TEXT PRIMARY KEY,                        -- hash: record key, keyed
    at  INTEGER NOT NULL                         -- plain: ms since 1970
) STRICT, WITHOUT ROWID;

-- Checkpoints and receipts, as signed.
CREATE TABLE receipt (
    id        BLOB PRIMARY KEY,                  -- hash: SHA-256 of the payload
    enrolment TEXT NOT NULL,                     -- plain: random id
    typ       TEXT NOT NULL,                     -- plain: document type
    seq       INTEGER,                           -- plain: counter, a checkpoint's number in its chain
    head      TEXT,                              -- hash: a checkpoint's head of its chain
    document  TEXT NOT NULL,                     -- document: JWS without content
    at        INTEGER NOT NULL                   -- plain: ms since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_seq ON receipt (enrolment, seq) WHERE seq IS NOT NULL;
