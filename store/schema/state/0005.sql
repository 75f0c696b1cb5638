-- What people are owed (core::OwedNotice), and what was told before. A delivered notice keeps its text, not its mailboxes.
CREATE TABLE outbox (
    id       TEXT NOT NULL PRIMARY KEY,
    receiver TEXT NOT NULL,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL, -- owed, delivered, dead
    attempts INTEGER NOT NULL,
    tried_at INTEGER,
    next_at  INTEGER,
    detail   TEXT NOT NULL,
    notice   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_state ON outbox (state, at);
CREATE INDEX outbox_by_time ON outbox (at);

-- What planning remembers of each receiver (core::ReceiverMemory).
CREATE TABLE receiver_memory (
    receiver TEXT NOT NULL PRIMARY KEY,
    memory   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
