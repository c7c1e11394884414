-- Parents first: a foreign key leads to them.
INSERT INTO jobs (id, queue, name, data, unique_key, parent_id, max_attempts, created_at)
SELECT
  job_id, queue, name, data, unique_key,
  (SELECT p.job_id FROM dispatches p WHERE p.job_id = d.parent_id), {max_attempts}, created_at
FROM dispatches d
WHERE result IS NULL
ORDER BY parent_id IS NOT NULL, seq
ON CONFLICT DO NOTHING
