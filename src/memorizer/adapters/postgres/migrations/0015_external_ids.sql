-- What imported memories are called where they came from, and what was imported together.
CREATE TABLE external_ids (
  source     TEXT COLLATE "C" NOT NULL,  -- a format, such as markdown
  key        TEXT COLLATE "C" NOT NULL,  -- its kind before a colon: id, permalink, path, text
  memory_id  TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  collection TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,  -- when an import saw it last; UTC milliseconds
  PRIMARY KEY (source, key, memory_id)
);
CREATE INDEX external_ids_by_memory ON external_ids (memory_id);
CREATE INDEX external_ids_by_collection ON external_ids (source, collection);

ALTER TABLE external_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_ids FORCE ROW LEVEL SECURITY;
CREATE POLICY external_ids_in_scope ON external_ids USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR EXISTS (SELECT 1 FROM memories m WHERE m.id = memory_id));
