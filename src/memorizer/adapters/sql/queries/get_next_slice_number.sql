SELECT coalesce(max(number) + 1, 0) FROM bulk_slices WHERE job_id = ?
