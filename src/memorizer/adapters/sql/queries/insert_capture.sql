INSERT INTO captures (id, session, digest, client, workspace_seq, part, at)
VALUES (?, ?, ?, ?, (SELECT seq FROM workspaces WHERE id = ?), ?, ?)
ON CONFLICT (session, digest) DO NOTHING
RETURNING id
