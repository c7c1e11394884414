SELECT
  p.memory_id, p.position, p.checksum, p.page, p.line, m.title,
  CASE WHEN m.deleted_at IS NULL THEN 0 ELSE 1 END
FROM document_parts p JOIN memories m ON m.id = p.memory_id
WHERE p.document_id = ?
ORDER BY p.position
