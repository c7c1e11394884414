SELECT item_id, error, at FROM job_failures
WHERE job_id = ? AND item_id > ?
ORDER BY item_id LIMIT ?
