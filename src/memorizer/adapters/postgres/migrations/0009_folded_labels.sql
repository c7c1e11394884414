-- Tags and types are compared as domain/labels.py folds them; migration.py fills these columns.
ALTER TABLE memory_tags DROP CONSTRAINT memory_tags_pkey;
ALTER TABLE memory_tags ALTER COLUMN folded DROP EXPRESSION;
ALTER TABLE memory_tags ALTER COLUMN folded SET DEFAULT '';
ALTER TABLE memory_tags ADD PRIMARY KEY (memory_seq, position);

ALTER TABLE memories ADD COLUMN type_folded TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE OR REPLACE VIEW visible_memories AS SELECT * FROM memories WHERE deleted_at IS NULL;
DROP INDEX memories_by_type;
CREATE INDEX memories_by_type ON memories (type_folded, id) WHERE deleted_at IS NULL;
