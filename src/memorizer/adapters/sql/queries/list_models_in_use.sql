-- Without their ids, which another database assigns itself.
SELECT name, dimensions, state, job_id, spec FROM embedding_models
WHERE state IN ('active', 'building')
ORDER BY state, job_id, name
