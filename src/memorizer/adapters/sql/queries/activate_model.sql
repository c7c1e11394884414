UPDATE embedding_models SET state = 'active' WHERE id = ?
