-- state.db, schema 1. Never edited after a release: changes are 0002.sql and so on.
-- Times are microseconds since 1970 in UTC. JSON is that of json/, one line. A subject is (subject_kind, source, subject).

-- "next_incident": the number of the next incident; "last_commit": the time of the newest commit; "clock_leapt": what the
-- wall clock showed after its last leap.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What judgement keeps of one check of one subject (core::Track). `definite` is the word "latest" where it is the same
-- look, `confirmed` likewise the word "definite". The columns after them repeat what people ask for.
CREATE TABLE track (
    source          TEXT NOT NULL,
    subject_kind    TEXT NOT NULL,
    subject         TEXT NOT NULL,
    check_name      TEXT NOT NULL,
    latest          TEXT,
    definite        TEXT,
    confirmed       TEXT,
    confirmed_since INTEGER,
    last_good       INTEGER,
    candidate       TEXT,
    latest_at       INTEGER,
    latest_state    TEXT,
    latest_cause    TEXT,
    confirmed_state TEXT,
    confirmed_cause TEXT,
    PRIMARY KEY (source, subject_kind, subject, check_name)
) STRICT;

-- Every change of what is believed, in the order in which it was committed.
CREATE TABLE transition (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    check_name   TEXT NOT NULL,
    at           INTEGER NOT NULL, -- of the commit
    before       TEXT,             -- NULL: the first that was ever believed
    after        TEXT NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_good    INTEGER
) STRICT;
CREATE INDEX transition_by_subject ON transition (source, subject_kind, subject, id);
CREATE INDEX transition_by_time ON transition (at);

CREATE TABLE baseline (
    source       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    check_name   TEXT NOT NULL,
    entry        TEXT NOT NULL,
    PRIMARY KEY (source, subject_kind, subject, check_name)
) STRICT;

CREATE TABLE incident (
    number    INTEGER PRIMARY KEY,
    source    TEXT NOT NULL,
    cause     TEXT NOT NULL,
    direction TEXT NOT NULL,
    state     TEXT NOT NULL,
    head      TEXT NOT NULL -- the incident without its subjects
) STRICT;
CREATE INDEX incident_by_state ON incident (state, number);

CREATE TABLE incident_subject (
    number       INTEGER NOT NULL REFERENCES incident (number) ON DELETE CASCADE,
    source       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    check_name   TEXT NOT NULL,
    PRIMARY KEY (number, source, subject_kind, subject, check_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_subject_by_subject ON incident_subject (source, subject_kind, subject);

-- What `watch` and the timeline show. Numbers are never used twice.
CREATE TABLE event (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   INTEGER NOT NULL,
    kind TEXT NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_time ON event (at);
