-- End a leased job that succeeded.
UPDATE jobs SET
  state = 'completed', progress = 100, result = ?, error = NULL, attempts = attempts + 1,
  finished_at = ?, {set_items}, {clear_lease}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
