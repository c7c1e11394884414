INSERT INTO embedding_models (name, dimensions, state, job_id, spec)
VALUES (?, ?, ?, ?, ?)
RETURNING {model_columns}
