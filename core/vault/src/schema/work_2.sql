-- vault.db, schema 2: what a locked phone needs and takes. A column under D may hold an `02` value from here on: what was
-- written while D was not there.

ALTER TABLE conversations ADD COLUMN control BLOB; -- T: conversations.control (what the outbox goes by)

-- The key of the message behind an alias, readable without D.
ALTER TABLE known ADD COLUMN own BLOB; -- T: known.own (the key's hash, then the message's key)

-- What came while D was not there and goes into its conversation once D is back.
CREATE TABLE arrivals (
    id INTEGER PRIMARY KEY, -- plain: order of arrival
    conversation INTEGER NOT NULL, -- plain: conversations.id
    value BLOB NOT NULL -- D: arrivals.value
);

-- The last passcodes.
CREATE TABLE passcodes (
    id INTEGER PRIMARY KEY, -- plain: order
    hash BLOB NOT NULL -- hash: passcodes.hash (by D)
);
