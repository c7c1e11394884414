-- Lease the oldest ready jobs of a queue to a worker.
WITH ready AS MATERIALIZED (
  SELECT seq FROM jobs WHERE {is_ready} ORDER BY seq LIMIT ? {job_lock}
)
UPDATE jobs SET
  state = 'active', worker_id = ?, lease_token = ?, lease_until = ?, started_at = ?,
  run_at = NULL, progress = 0, steps = '[]', revision = revision + 1
WHERE seq IN (SELECT seq FROM ready)
RETURNING {job_columns}
