-- Register a worker, or note its heartbeat.
INSERT INTO workers (id, host, pid, queues, started_at, heartbeat_at, pid_scope)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at
