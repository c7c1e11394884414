SELECT
  queue, finished_at / {minute_ms} * {minute_ms},
  sum(CASE state WHEN 'completed' THEN 1 ELSE 0 END),
  sum(CASE state WHEN 'failed' THEN 1 ELSE 0 END)
FROM jobs
WHERE finished_at >= ? AND queue IN ({public_queues})
GROUP BY 1, 2 ORDER BY 1, 2
