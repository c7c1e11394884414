-- Whether a claim could succeed; takes no write lock.
SELECT 1 FROM jobs WHERE {is_ready} LIMIT 1
