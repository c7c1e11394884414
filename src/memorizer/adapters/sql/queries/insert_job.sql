-- Add a job, unless an unfinished one has its unique key.
INSERT INTO jobs (id, queue, name, data, unique_key, parent_id, max_attempts, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
RETURNING id
