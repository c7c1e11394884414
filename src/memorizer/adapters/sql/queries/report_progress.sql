-- Set the progress of a leased job; append it to the steps when it changed.
UPDATE jobs SET
  steps = CASE WHEN progress = ? THEN steps ELSE {append_step} END, progress = ?,
  {set_items}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
