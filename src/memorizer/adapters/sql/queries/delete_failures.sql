DELETE FROM job_failures WHERE job_id = ?
