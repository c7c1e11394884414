-- The last of the next failed jobs of a queue after a sequence number, oldest first.
SELECT max(seq) FROM (
  SELECT seq FROM jobs
  WHERE queue = ? AND state = 'failed' AND seq > ?
  ORDER BY seq LIMIT ?
) AS batch
