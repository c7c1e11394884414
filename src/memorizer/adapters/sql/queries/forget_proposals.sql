-- Those that name any of these memories, or made one of them: they quote what is purged.
DELETE FROM proposals
WHERE id IN (SELECT n.proposal_id FROM proposal_memories n WHERE n.memory_id IN ({members}))
OR created_memory_id IN ({members})
