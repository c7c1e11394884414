-- How often a pending memory was given to a job without success, and when it is given to one again.
ALTER TABLE memories ADD COLUMN embedding_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memories ADD COLUMN embed_after BIGINT;
