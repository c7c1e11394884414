SELECT {dispatch_columns} FROM dispatches WHERE job_id IN ({members}) AND result IS NOT NULL
