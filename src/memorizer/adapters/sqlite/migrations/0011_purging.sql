-- When the text of a version was deleted for ever, while the memory stays.
ALTER TABLE memory_versions ADD COLUMN purged_at INTEGER;

-- A job names its memory and holds nothing of it: what is deleted is deleted once.
UPDATE jobs SET data = json_remove(data, '$.text', '$.type'),
  result = json_remove(result, '$.title') WHERE name = 'generate-title';
UPDATE dispatches SET data = json_remove(data, '$.text', '$.type'),
  result = json_remove(result, '$.title') WHERE name = 'generate-title';
