SELECT embedding_status, count(*) FROM visible_memories GROUP BY embedding_status
