INSERT INTO proposal_memories (proposal_id, position, memory_id, version) VALUES (?, ?, ?, ?)
