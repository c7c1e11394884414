INSERT INTO backups (id, started_at, ended_at, host, path, bytes, memories, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
