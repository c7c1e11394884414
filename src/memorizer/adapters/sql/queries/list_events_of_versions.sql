SELECT {event_columns} FROM memory_events e
WHERE e.memory_id = ? AND e.version BETWEEN ? AND ?
ORDER BY e.seq DESC
