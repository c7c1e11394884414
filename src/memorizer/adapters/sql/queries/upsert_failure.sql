INSERT INTO job_failures (job_id, item_id, error, at) VALUES (?, ?, ?, ?)
ON CONFLICT (job_id, item_id) DO UPDATE SET error = excluded.error, at = excluded.at
