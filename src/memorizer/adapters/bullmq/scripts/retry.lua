-- Let failed or cancelled jobs wait again, with no attempts made.
-- KEYS: the set they are in, wait, meta, marker, events
-- ARGV: the prefix of the queue's keys, job ids
-- Returns the ids of those that wait now; the others are no longer in that set.
local retried = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local job = ARGV[1] .. id
  if redis.call("ZREM", KEYS[1], id) == 1 then
    redis.call("HDEL", job, "finishedOn", "processedOn", "failedReason", "returnvalue",
      "stacktrace", "atm", "stc", "defa", "pb",
      "memorizer:steps", "memorizer:items", "memorizer:cancel")
    redis.call("HSET", job, "progress", "0", "delay", "0")
    redis.call("LPUSH", KEYS[2], id)
    redis.call("XADD", KEYS[5], "MAXLEN", "~", 10000, "*", "event", "waiting", "jobId", id)
    retried[#retried + 1] = id
  end
end
if #retried > 0 and redis.call("HEXISTS", KEYS[3], "paused") == 0 then
  redis.call("ZADD", KEYS[4], 0, "0")
end
return retried
