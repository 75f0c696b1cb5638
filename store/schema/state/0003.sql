-- state.db, schema 3.
-- What a mailbox answered of late, while its answers differ: JSON, NULL where they do not.
ALTER TABLE track ADD COLUMN answers TEXT;
