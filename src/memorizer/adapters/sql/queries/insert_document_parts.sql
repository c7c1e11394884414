INSERT INTO document_parts (document_id, position, memory_id, checksum, page, line) VALUES {rows}
