-- Count items as done, unless another worker has gone on with the slice.
UPDATE bulk_slices SET next_item = ?, done = done + ?
WHERE job_id = ? AND number = ? AND next_item = ?
RETURNING 1
