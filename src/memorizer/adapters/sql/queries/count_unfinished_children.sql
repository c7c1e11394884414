SELECT count(*) FROM jobs
WHERE parent_id = ? AND state IN ('waiting', 'delayed', 'active')
