-- End a job as cancelled, a state BullMQ lacks: the job keeps its hash and is listed in a set of
-- ours. A running job is ended by the worker that holds its lock.
-- KEYS: job, lock, wait, paused, prioritized, delayed, active, stalled, cancelled, events
-- ARGV: job id, token ('' for a job that does not run), now
-- Returns 1; 0 when the job is in another state by now; -2 when the lock is another's or gone.
local id, token = ARGV[1], ARGV[2]
if token == "" then
  local found = redis.call("LREM", KEYS[3], 1, id) + redis.call("LREM", KEYS[4], 1, id)
    + redis.call("ZREM", KEYS[5], id) + redis.call("ZREM", KEYS[6], id)
  if found == 0 then return 0 end
else
  if redis.call("GET", KEYS[2]) ~= token then return -2 end
  redis.call("DEL", KEYS[2])
  redis.call("SREM", KEYS[8], id)
  redis.call("LREM", KEYS[7], 1, id)
end
redis.call("HSET", KEYS[1], "finishedOn", ARGV[3])
redis.call("ZADD", KEYS[9], ARGV[3], id)
redis.call("XADD", KEYS[10], "MAXLEN", "~", 10000, "*", "event", "cancelled", "jobId", id)
return 1
