-- Leave in a slice only what it has done.
UPDATE bulk_slices SET size = done, next_item = ? WHERE job_id = ? AND number = ?
