INSERT INTO recalled_memories (recall_id, rank, memory_id, relevance, is_weak) VALUES {rows}
ON CONFLICT DO NOTHING
