-- Ask the worker of an active job to stop it.
UPDATE jobs SET cancel_requested = 1, revision = revision + 1
WHERE id = ?
RETURNING {job_columns}
