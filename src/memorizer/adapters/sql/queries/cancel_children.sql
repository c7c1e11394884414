-- Cancel those children of jobs that do not run.
UPDATE jobs SET
  state = 'cancelled', run_at = NULL, finished_at = ?, revision = revision + 1
WHERE parent_id IN ({members}) AND state IN ('waiting', 'delayed')
RETURNING id
