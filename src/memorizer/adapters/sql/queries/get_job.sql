SELECT {job_columns} FROM jobs WHERE id = ? {row_lock}
