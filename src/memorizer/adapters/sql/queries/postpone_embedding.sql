-- Each delay is twice the last one, up to a longest.
UPDATE memories SET
  embedding_attempts = embedding_attempts + 1,
  embed_after = ? + CASE WHEN embedding_attempts < ? THEN ? << embedding_attempts ELSE ? END
WHERE id IN ({members})
