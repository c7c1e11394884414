SELECT {document_columns} FROM documents d
WHERE d.source = ?
  AND coalesce(d.workspace_seq, 0) = coalesce((SELECT w.seq FROM workspaces w WHERE w.id = ?), 0)
ORDER BY d.id DESC LIMIT 1
