DELETE FROM document_parts WHERE document_id = ?
