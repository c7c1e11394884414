-- The vectors of the memories between two ids, under each model that is in use.
SELECT m.id, r.name, r.state, r.job_id, e.version, e.kind, e.vector
FROM memories m
JOIN embeddings e ON e.memory_seq = m.seq
JOIN embedding_models r ON r.id = e.model_id AND r.state IN ('active', 'building')
WHERE m.id BETWEEN ? AND ?
ORDER BY m.id, r.state, r.job_id, e.kind, e.chunk_no
