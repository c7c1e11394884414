UPDATE memories SET embedding_status = ?, embedding_attempts = 0, embed_after = NULL
WHERE id = ? AND embedding_status <> ?
