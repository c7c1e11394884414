SELECT e.id, e.workspace_id, e.type, e.data, e.actor, e.at FROM workspace_events e
WHERE e.workspace_id = ? AND e.id < ?
ORDER BY e.seq DESC LIMIT ?
