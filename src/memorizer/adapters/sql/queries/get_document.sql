SELECT {document_columns} FROM documents d WHERE d.id = ?
