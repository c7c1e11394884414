-- When the text of a version was deleted for ever, while the memory stays.
ALTER TABLE memory_versions ADD COLUMN purged_at BIGINT;

-- A job names its memory and holds nothing of it: what is deleted is deleted once.
UPDATE jobs SET data = (data::jsonb - 'text' - 'type')::text,
  result = (result::jsonb - 'title')::text WHERE name = 'generate-title';
UPDATE dispatches SET data = (data::jsonb - 'text' - 'type')::text,
  result = (result::jsonb - 'title')::text WHERE name = 'generate-title';
