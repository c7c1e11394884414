-- The children of a job that have no result yet.
SELECT job_id FROM dispatches WHERE parent_id = ? AND result IS NULL
