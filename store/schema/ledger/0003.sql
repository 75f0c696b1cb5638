-- ledger.db, schema 3.
-- What is kept of the individual passwords of a source (DESIGN 6.1, spray brake).
CREATE TABLE spray_brake (
    source     TEXT NOT NULL PRIMARY KEY,
    brake      TEXT NOT NULL,   -- core::SprayBrake as JSON
    boot       TEXT NOT NULL,   -- as in account
    uptime     INTEGER NOT NULL,
    updated_at INTEGER NOT NULL -- microseconds since 1970 in UTC
) STRICT, WITHOUT ROWID;
