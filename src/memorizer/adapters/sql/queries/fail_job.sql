-- End a leased job that failed for good.
UPDATE jobs SET
  state = 'failed', run_at = NULL, finished_at = ?, attempts = attempts + 1, error = ?,
  {clear_lease}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
