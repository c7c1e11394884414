SELECT c.id, c.session, c.client, (SELECT w.id FROM workspaces w WHERE w.seq = c.workspace_seq),
  c.part
FROM captures c WHERE c.id = ?
