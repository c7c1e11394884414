INSERT INTO bulk_slices (job_id, number, item_ids, size) VALUES (?, ?, ?, ?)
