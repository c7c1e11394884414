DELETE FROM jobs WHERE seq IN (
  SELECT seq FROM jobs WHERE finished_at < ? AND queue = ? LIMIT ?
)
RETURNING 1
