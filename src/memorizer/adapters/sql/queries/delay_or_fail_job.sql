-- A leased job failed: delay its next attempt, or end it when no attempts are left.
UPDATE jobs SET
  state = CASE WHEN attempts + 1 < max_attempts THEN 'delayed' ELSE 'failed' END,
  run_at = CASE WHEN attempts + 1 < max_attempts THEN CAST(? AS BIGINT) END,
  finished_at = CASE WHEN attempts + 1 < max_attempts THEN NULL ELSE CAST(? AS BIGINT) END,
  attempts = attempts + 1, error = ?, {clear_lease}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
