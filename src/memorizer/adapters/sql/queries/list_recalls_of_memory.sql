SELECT {recall_columns} FROM recalls r
LEFT JOIN workspaces w ON w.seq = r.workspace_seq
JOIN recalled_memories m ON m.recall_id = r.id
WHERE m.memory_id = ? ORDER BY m.recall_id DESC LIMIT ?
