-- Files and web pages whose parts are memories (domain/documents.py).
CREATE TABLE documents (
  id            TEXT NOT NULL PRIMARY KEY,
  workspace_seq INTEGER REFERENCES workspaces (seq),  -- NULL: unfiled
  source        TEXT NOT NULL,  -- a path, a name or an address
  title         TEXT NOT NULL,
  media_type    TEXT NOT NULL,
  checksum      TEXT NOT NULL,  -- SHA-256 of the bytes
  size_bytes    INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  warnings      TEXT NOT NULL  -- a JSON list
) STRICT;
CREATE INDEX documents_by_source ON documents (source);
CREATE INDEX documents_by_checksum ON documents (checksum);
CREATE INDEX documents_by_workspace ON documents (workspace_seq);

CREATE TABLE document_parts (
  document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,  -- from 1
  memory_id   TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  checksum    TEXT NOT NULL,  -- SHA-256 of the text as it came out of the document
  page        INTEGER,
  line        INTEGER,
  PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_parts_by_memory ON document_parts (memory_id);

-- The bytes of files until their jobs have read them: any worker can, and a crash loses none.
CREATE TABLE document_uploads (
  upload_id TEXT NOT NULL,
  number    INTEGER NOT NULL,  -- from 0
  content   BLOB NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (upload_id, number)
) STRICT;
CREATE INDEX document_uploads_by_time ON document_uploads (at);
