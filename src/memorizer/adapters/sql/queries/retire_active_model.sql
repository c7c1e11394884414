UPDATE embedding_models SET state = 'retired' WHERE state = 'active'
