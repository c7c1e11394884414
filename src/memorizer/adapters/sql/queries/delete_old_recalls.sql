-- What they showed is deleted by the foreign keys.
DELETE FROM recalls WHERE at < ? RETURNING 1
