INSERT INTO shown_memories (session, memory_id, at)
WITH ids (id) AS ({members}) SELECT ?, id, ? FROM ids WHERE 1 = 1
ON CONFLICT DO NOTHING
