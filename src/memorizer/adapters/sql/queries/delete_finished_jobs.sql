-- Delete ended jobs of the public queues.
DELETE FROM jobs WHERE seq IN (
  SELECT seq FROM jobs WHERE finished_at < ? AND queue IN ({public_queues}) LIMIT ?
)
RETURNING 1
