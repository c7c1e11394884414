DELETE FROM document_uploads WHERE upload_id = ?
