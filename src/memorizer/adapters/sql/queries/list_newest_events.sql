SELECT {event_columns} FROM memory_events e WHERE e.memory_id = ? ORDER BY e.seq DESC LIMIT ?
