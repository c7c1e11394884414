-- The events of a memory before one of its events, the newest first.
SELECT {event_columns} FROM memory_events e
WHERE e.memory_id = ?
  AND e.seq < (SELECT seq FROM memory_events WHERE id = ? AND memory_id = ?)
ORDER BY e.seq DESC LIMIT ?
