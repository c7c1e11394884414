-- The unfinished job of a unique key.
SELECT id FROM jobs
WHERE unique_key = ? AND state IN ('waiting', 'delayed', 'active')
