-- The data is left out: a job that has ended is never sent again.
INSERT INTO dispatches (job_id, queue, name, data, parent_id, created_at, sent, result)
VALUES (?, ?, ?, '{{}}', ?, ?, 1, ?)
ON CONFLICT (job_id) DO UPDATE SET sent = 1, unique_key = NULL, result = excluded.result
