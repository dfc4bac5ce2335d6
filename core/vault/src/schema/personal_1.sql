-- personal.db, schema 1: what is not work. No key of the company opens any of it.
--
-- Comments as in work_1.sql; here P seals and hashes.

-- The proof that P belongs to this file.
CREATE TABLE proofs (
    id INTEGER PRIMARY KEY, -- plain: key id
    value BLOB NOT NULL -- P: proofs.value (empty)
);

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- plain: order of arrival
    conversation BLOB NOT NULL, -- hash: quarantine.conversation
    item BLOB NOT NULL, -- hash: quarantine.item
    day INTEGER NOT NULL, -- plain: day of arrival since 1970; a finer time would tell when somebody chats
    value BLOB NOT NULL -- P: quarantine.value
);
CREATE UNIQUE INDEX quarantine_by_conversation ON quarantine (conversation, item);
CREATE INDEX quarantine_by_day ON quarantine (day);
