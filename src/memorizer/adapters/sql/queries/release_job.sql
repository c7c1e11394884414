-- Return a leased job to its queue.
UPDATE jobs SET state = 'waiting', {clear_lease}, revision = revision + 1
WHERE {is_held}
RETURNING {job_columns}
