-- 0 stands for no workspace, as in the unique index of keys.
SELECT {memory_columns} FROM visible_memories m
WHERE coalesce(m.workspace_seq, 0) = coalesce((SELECT seq FROM workspaces WHERE id = ?), 0)
AND m.key = ? {row_lock}
