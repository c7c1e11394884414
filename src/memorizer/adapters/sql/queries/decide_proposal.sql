UPDATE proposals SET
  state = ?, decided_at = ?, decided_by = ?, change_set_id = ?, steps = ?, created_memory_id = ?
WHERE id = ?
