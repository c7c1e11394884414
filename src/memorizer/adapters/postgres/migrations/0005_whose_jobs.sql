-- Names this store among all that may be pointed at one Redis.
CREATE TABLE store (id TEXT NOT NULL);
INSERT INTO store VALUES (replace(gen_random_uuid()::text, '-', ''));

-- Where a worker's process id is valid (worker/processes.py); NULL: nobody can tell.
ALTER TABLE workers ADD COLUMN pid_scope TEXT;
