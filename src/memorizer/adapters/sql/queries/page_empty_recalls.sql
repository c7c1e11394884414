SELECT {recall_columns} FROM recalls r
LEFT JOIN workspaces w ON w.seq = r.workspace_seq
WHERE r.id < ? AND r.door IN ({members}) AND r.answered = 0 ORDER BY r.id DESC LIMIT ?
