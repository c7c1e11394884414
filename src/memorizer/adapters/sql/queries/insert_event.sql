INSERT INTO memory_events (id, memory_id, version, type, data, actor, at)
VALUES (?, ?, ?, ?, ?, ?, ?)
