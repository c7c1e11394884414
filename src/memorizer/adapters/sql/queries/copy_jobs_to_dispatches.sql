INSERT INTO dispatches (job_id, queue, name, data, unique_key, parent_id, created_at)
SELECT id, queue, name, data, unique_key, parent_id, created_at FROM jobs
WHERE state IN ('waiting', 'delayed', 'active')
ORDER BY seq
ON CONFLICT DO NOTHING
