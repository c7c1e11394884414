SELECT job_id FROM dispatches WHERE unique_key = ?
