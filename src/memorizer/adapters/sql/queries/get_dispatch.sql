SELECT {dispatch_columns} FROM dispatches WHERE job_id = ?
