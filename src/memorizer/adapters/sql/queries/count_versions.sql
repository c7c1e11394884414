-- All but those of deleted memories, which are few.
SELECT
  (SELECT count(*) FROM memory_versions)
  - (SELECT count(*) FROM memories m JOIN memory_versions v ON v.memory_id = m.id
     WHERE m.deleted_at IS NOT NULL)
