-- Names this store among all that may be pointed at one Redis.
CREATE TABLE store (id TEXT NOT NULL) STRICT;
INSERT INTO store VALUES (lower(hex(randomblob(16))));

-- Where a worker's process id is valid (worker/processes.py); NULL: nobody can tell.
ALTER TABLE workers ADD COLUMN pid_scope TEXT;
