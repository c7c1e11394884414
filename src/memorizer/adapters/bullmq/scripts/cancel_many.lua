-- End jobs that do not run as cancelled; see cancel.lua.
-- KEYS: wait, paused, prioritized, delayed, cancelled, events
-- ARGV: now, the prefix of the queue's keys, job ids
-- Returns the ids of those that were cancelled.
local cancelled = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local job = ARGV[2] .. id
  -- searched from the end that is served next: the children of one job stand there together
  if redis.call("HEXISTS", job, "name") == 1 and (
    redis.call("LREM", KEYS[1], -1, id) == 1 or redis.call("LREM", KEYS[2], -1, id) == 1
    or redis.call("ZREM", KEYS[3], id) == 1 or redis.call("ZREM", KEYS[4], id) == 1
  ) then
    redis.call("HSET", job, "finishedOn", ARGV[1])
    redis.call("ZADD", KEYS[5], ARGV[1], id)
    redis.call("XADD", KEYS[6], "MAXLEN", "~", 10000, "*", "event", "cancelled", "jobId", id)
    cancelled[#cancelled + 1] = id
  end
end
return cancelled
