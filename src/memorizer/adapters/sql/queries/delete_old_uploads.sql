DELETE FROM document_uploads WHERE at < ?
