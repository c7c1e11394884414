SELECT {model_columns} FROM embedding_models WHERE state = 'active'
