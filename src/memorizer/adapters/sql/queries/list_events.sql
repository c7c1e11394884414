-- The history of the visible memories between two ids.
SELECT {event_columns}
FROM memory_events e JOIN visible_memories m ON m.id = e.memory_id
WHERE e.memory_id BETWEEN ? AND ?
ORDER BY e.memory_id, e.seq
