SELECT count(*) FROM memories WHERE deleted_at IS NOT NULL
