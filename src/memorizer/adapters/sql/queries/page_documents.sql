SELECT {document_columns} FROM documents d WHERE d.id < ? ORDER BY d.id DESC LIMIT ?
