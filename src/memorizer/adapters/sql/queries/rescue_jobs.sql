-- Take active jobs from workers that died, or whose leases ended (or end impossibly late: then
-- the clock was set back). They wait again, unless they were rescued too often.
UPDATE jobs SET
  state = CASE
    WHEN cancel_requested = 1 THEN 'cancelled'
    WHEN rescues >= {max_rescues} THEN 'failed'
    ELSE 'waiting'
  END,
  error = CASE
    WHEN rescues >= {max_rescues} THEN 'The worker died each time it ran this job.'
    ELSE error
  END,
  finished_at = CASE
    WHEN cancel_requested = 1 OR rescues >= {max_rescues} THEN CAST(? AS BIGINT)
  END,
  rescues = rescues + 1, {clear_lease}, revision = revision + 1
WHERE state = 'active'
  AND (lease_until < ? OR lease_until > ? OR worker_id IN ({members}))
RETURNING {job_columns}
