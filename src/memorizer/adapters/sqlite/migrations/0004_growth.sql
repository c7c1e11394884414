-- How many memories came on which day, without reading the memories.
CREATE INDEX memories_by_age ON memories (created_at) WHERE deleted_at IS NULL;
