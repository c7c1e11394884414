-- Workers whose heartbeat is recent, with the ids of the public jobs they run.
SELECT
  id, host, pid, queues, started_at, heartbeat_at, pid_scope,
  (SELECT {job_ids} FROM jobs j
   WHERE j.state = 'active' AND j.queue IN ({public_queues}) AND j.worker_id = w.id)
FROM workers w
WHERE heartbeat_at BETWEEN ? AND ?
ORDER BY started_at
