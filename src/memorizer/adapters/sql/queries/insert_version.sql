INSERT INTO memory_versions (
  memory_id, version, type, title, source, tags, confidence, at, text, purged_at, metadata, times
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
