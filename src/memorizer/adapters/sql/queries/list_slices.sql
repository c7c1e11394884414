SELECT {slice_columns} FROM bulk_slices WHERE job_id = ?
