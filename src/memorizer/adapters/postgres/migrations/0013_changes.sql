-- Grows with every message to other processes. Those behind a pooler, where LISTEN is impossible,
-- poll it. A sequence, because a row would make all writers wait for each other.
CREATE SEQUENCE store_changes_seq OWNED BY store.id;  -- so it is dropped with the table
