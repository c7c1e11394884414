INSERT INTO document_uploads (upload_id, number, content, at) VALUES (?, ?, ?, ?)
