-- state.db, schema 4: the timeline, and what was accepted when.
DROP TABLE event;

-- What happened to incidents, batches, sources and mailboxes beside what checks saw (core::TimelineEntry). An address stands
-- in its own column alone, so that it can be forgotten.
CREATE TABLE timeline (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    source   TEXT NOT NULL,
    batch    TEXT NOT NULL,
    address  TEXT NOT NULL,
    incident INTEGER NOT NULL, -- 0: of none
    done_by  TEXT NOT NULL,
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_by_source ON timeline (source, at);
CREATE INDEX timeline_by_batch ON timeline (batch, at) WHERE batch <> '';
CREATE INDEX timeline_by_address ON timeline (address, source) WHERE address <> '';
CREATE INDEX timeline_by_incident ON timeline (incident, at) WHERE incident <> 0;
CREATE INDEX timeline_by_time ON timeline (at);

-- Each acceptance of the baseline (core::Acceptance).
CREATE TABLE acceptance (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    source   TEXT NOT NULL,
    scope    TEXT NOT NULL,
    done_by  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    accepted INTEGER NOT NULL
) STRICT;
CREATE INDEX acceptance_by_source ON acceptance (source, id);
CREATE INDEX acceptance_by_time ON acceptance (at);

-- What was accepted otherwise than before.
CREATE TABLE acceptance_change (
    acceptance   INTEGER NOT NULL REFERENCES acceptance (id) ON DELETE CASCADE,
    source       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    check_name   TEXT NOT NULL,
    before       TEXT, -- NULL: the baseline said nothing of it
    after        TEXT NOT NULL,
    since        INTEGER NOT NULL,
    PRIMARY KEY (acceptance, source, subject_kind, subject, check_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX acceptance_change_by_subject ON acceptance_change (source, subject_kind, subject);
