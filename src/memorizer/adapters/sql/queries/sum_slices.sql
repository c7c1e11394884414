SELECT sum(size), sum(done) FROM bulk_slices WHERE job_id = ?
