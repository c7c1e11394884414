DELETE FROM captures WHERE at < ? AND part IS NULL
