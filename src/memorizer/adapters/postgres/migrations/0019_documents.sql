-- Files and web pages whose parts are memories (domain/documents.py).
CREATE TABLE documents (
  id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  workspace_seq BIGINT REFERENCES workspaces (seq),  -- NULL: unfiled
  source        TEXT COLLATE "C" NOT NULL,  -- a path, a name or an address
  title         TEXT NOT NULL,
  media_type    TEXT NOT NULL,
  checksum      TEXT COLLATE "C" NOT NULL,  -- SHA-256 of the bytes
  size_bytes    BIGINT NOT NULL,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  warnings      TEXT NOT NULL  -- a JSON list
);
CREATE INDEX documents_by_source ON documents (source);
CREATE INDEX documents_by_checksum ON documents (checksum);
CREATE INDEX documents_by_workspace ON documents (workspace_seq);

CREATE TABLE document_parts (
  document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  position    BIGINT NOT NULL,  -- from 1
  memory_id   TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  checksum    TEXT COLLATE "C" NOT NULL,  -- SHA-256 of the text as it came out of the document
  page        BIGINT,
  line        BIGINT,
  PRIMARY KEY (document_id, position)
);
CREATE INDEX document_parts_by_memory ON document_parts (memory_id);

-- The bytes of files until their jobs have read them: any worker can, and a crash loses none.
CREATE TABLE document_uploads (
  upload_id TEXT COLLATE "C" NOT NULL,
  number    BIGINT NOT NULL,  -- from 0
  content   BYTEA NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (upload_id, number)
);
CREATE INDEX document_uploads_by_time ON document_uploads (at);

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_in_scope ON documents USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR coalesce(workspace_seq, 0) = ANY (
    (SELECT string_to_array(current_setting('memorizer.workspaces', true), ','))::bigint[]));

ALTER TABLE document_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY document_parts_in_scope ON document_parts USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR (EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id)
      AND EXISTS (SELECT 1 FROM memories m WHERE m.id = memory_id)));

ALTER TABLE document_uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY document_uploads_of_the_whole ON document_uploads USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = '');
