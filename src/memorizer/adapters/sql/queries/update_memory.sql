-- Change the content, unless the memory has another version than expected or is deleted.
UPDATE memories SET
  type = ?, type_folded = ?, title = ?, source = ?, confidence = ?, text = ?, text_digest = ?,
  metadata = ?,
  version = version + 1, updated_at = ?, embedding_attempts = 0, embed_after = NULL
WHERE id = ? AND version = ? AND deleted_at IS NULL
RETURNING seq
