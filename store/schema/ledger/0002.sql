-- ledger.db, schema 2.
-- When it was written by the clock that nobody sets, and in which run of the machine: tells a leap of the wall clock from time.
ALTER TABLE account ADD COLUMN boot TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN uptime INTEGER NOT NULL DEFAULT 0; -- microseconds since that boot

-- A presentation without an answer is kept with its door; of those of before it is not known.
UPDATE account SET ledger = json_set(ledger, '$.unanswered', json((
    SELECT json_group_array(json_object('source', '', 'door', '', 'at', value)) FROM json_each(ledger, '$.unanswered'))));

-- Every form of a person's name in lower case: one person has one row in account, whatever a configuration calls it.
CREATE TABLE person (
    name    TEXT NOT NULL PRIMARY KEY, -- contoso\migadmin, migadmin@contoso.example
    account TEXT NOT NULL
) STRICT, WITHOUT ROWID;
