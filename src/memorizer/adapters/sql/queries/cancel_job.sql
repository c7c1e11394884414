-- Cancel a job that does not run.
UPDATE jobs SET
  state = 'cancelled', run_at = NULL, finished_at = ?, revision = revision + 1
WHERE id = ?
RETURNING {job_columns}
