DELETE FROM bulk_slices WHERE job_id = ?
