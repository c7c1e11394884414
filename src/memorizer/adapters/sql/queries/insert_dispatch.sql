-- Add a job to the outbox, unless one there has its id or its unique key.
INSERT INTO dispatches (job_id, queue, name, data, unique_key, parent_id, created_at, sent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
RETURNING job_id
