-- state.db, schema 2: what is kept of batches.

-- What operators said of a batch, and what was done once already (core::BatchRecord).
CREATE TABLE batch (
    name   TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last good list of each batch.
CREATE TABLE batch_mailbox (
    batch   TEXT NOT NULL,
    address TEXT NOT NULL,
    line    INTEGER NOT NULL,
    labels  TEXT NOT NULL,
    PRIMARY KEY (batch, address)
) STRICT, WITHOUT ROWID;
