-- The newest jobs of a queue in one state, before a sequence number.
SELECT * FROM (
  SELECT seq FROM jobs WHERE queue = ? AND state = ? AND seq < ? ORDER BY seq DESC LIMIT ?
) newest
