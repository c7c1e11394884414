-- Grows with every commit that others are to be told of: heartbeats of workers are not among them.
ALTER TABLE store ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
