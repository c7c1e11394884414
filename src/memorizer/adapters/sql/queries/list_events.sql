-- The history of the visible memories between two ids.
SELECT e.id, e.memory_id, e.version, e.type, e.data, e.actor, e.at
FROM memory_events e JOIN visible_memories m ON m.id = e.memory_id
WHERE e.memory_id BETWEEN ? AND ?
ORDER BY e.memory_id, e.seq
