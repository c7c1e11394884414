INSERT INTO proposals (
  id, fingerprint, kind, cluster, workspace_seq, suggestion, reason, evidence, score, recommended,
  state, created_at
) VALUES (?, ?, ?, ?, (SELECT seq FROM workspaces WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)
