-- End a leased job whose cancellation was requested.
UPDATE jobs SET
  state = 'cancelled', finished_at = ?, {clear_lease}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
