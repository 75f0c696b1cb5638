-- ledger.db, schema 1. Never edited after a release: changes are 0002.sql and so on.
CREATE TABLE account (
    name       TEXT NOT NULL PRIMARY KEY,
    ledger     TEXT NOT NULL,   -- core::AccountLedger as JSON: no secret, only its keyed fingerprint
    updated_at INTEGER NOT NULL -- microseconds since 1970 in UTC
) STRICT, WITHOUT ROWID;
