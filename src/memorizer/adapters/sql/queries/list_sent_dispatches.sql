SELECT {dispatch_columns} FROM dispatches WHERE sent = 1 AND job_id > ? ORDER BY job_id LIMIT ?
