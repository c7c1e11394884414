SELECT id, started_at, ended_at, host, path, bytes, memories, error FROM backups
WHERE error IS NULL
ORDER BY started_at DESC, id DESC LIMIT 1
