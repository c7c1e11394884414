SELECT u.content FROM document_uploads u WHERE u.upload_id = ? AND u.number = ?
