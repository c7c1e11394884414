-- One page of jobs, newest first. {newest_by_kind} is newest_jobs.sql once per queue and state:
-- the index jobs_listed has each kind in order, so only the newest of each are sorted.
SELECT seq, {job_columns} FROM jobs
WHERE seq IN ({newest_by_kind})
ORDER BY seq DESC LIMIT ?
