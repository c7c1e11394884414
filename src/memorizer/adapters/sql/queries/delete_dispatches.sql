DELETE FROM dispatches WHERE job_id IN ({members}) RETURNING parent_id
