-- All but those of deleted memories, which are few.
SELECT
  (SELECT count(*) FROM memory_events)
  - (SELECT count(*) FROM memories m JOIN memory_events e ON e.memory_id = m.id
     WHERE m.deleted_at IS NOT NULL)
