SELECT id FROM memory_events WHERE id IN ({members})
