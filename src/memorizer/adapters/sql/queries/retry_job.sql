-- Start an ended job from the beginning.
UPDATE jobs SET {start_again}, revision = revision + 1
WHERE id = ?
RETURNING {job_columns}
