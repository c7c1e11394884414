-- Tags and types are compared as domain/labels.py folds them; `folded` is known while migrating only.
CREATE TABLE folded_tags (
  memory_seq INTEGER NOT NULL REFERENCES memories (seq) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  tag        TEXT NOT NULL,
  folded     TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (memory_seq, position)
) STRICT, WITHOUT ROWID;
INSERT INTO folded_tags SELECT memory_seq, position, tag, folded(tag) FROM memory_tags;
DROP TABLE memory_tags;
ALTER TABLE folded_tags RENAME TO memory_tags;
CREATE INDEX memory_tags_by_tag ON memory_tags (folded, memory_seq, tag);

ALTER TABLE memories ADD COLUMN type_folded TEXT NOT NULL DEFAULT '';
UPDATE memories SET type_folded = folded(type);
DROP INDEX memories_by_type;
CREATE INDEX memories_by_type ON memories (type_folded, id) WHERE deleted_at IS NULL;
