-- Ask the workers of the active children of jobs to stop them.
UPDATE jobs SET cancel_requested = 1, revision = revision + 1
WHERE parent_id IN ({members}) AND state = 'active'
RETURNING id
