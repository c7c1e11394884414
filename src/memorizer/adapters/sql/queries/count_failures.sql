SELECT count(*) FROM job_failures WHERE job_id = ?
