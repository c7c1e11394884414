UPDATE documents SET
  title = ?, media_type = ?, checksum = ?, size_bytes = ?, version = ?, updated_at = ?, warnings = ?
WHERE id = ?
