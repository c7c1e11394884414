UPDATE captures SET part = NULL WHERE id = ?
