-- What versions with this text hold beside it.
SELECT type, title, source, tags, confidence, metadata, times FROM memory_versions
WHERE memory_id = ? AND text = ? AND purged_at IS NULL
