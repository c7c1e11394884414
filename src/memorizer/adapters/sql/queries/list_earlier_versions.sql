-- Versions but the current ones, of the visible memories between two ids.
SELECT {version_columns}
FROM memory_versions v
JOIN visible_memories m ON m.id = v.memory_id AND v.version < m.version
WHERE v.memory_id BETWEEN ? AND ?
ORDER BY v.memory_id, v.version
