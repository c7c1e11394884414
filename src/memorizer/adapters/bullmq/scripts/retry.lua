-- Let a failed or cancelled job wait again, with no attempts made.
-- KEYS: job, the set it is in, wait, meta, marker, events. ARGV: job id
-- Returns 1, or 0 when it is no longer in that set.
if redis.call("ZREM", KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call("HDEL", KEYS[1], "finishedOn", "processedOn", "failedReason", "returnvalue", "stacktrace",
  "atm", "stc", "defa", "pb", "memorizer:steps", "memorizer:items", "memorizer:cancel")
redis.call("HSET", KEYS[1], "progress", "0", "delay", "0")
redis.call("LPUSH", KEYS[3], ARGV[1])
if redis.call("HEXISTS", KEYS[4], "paused") == 0 then redis.call("ZADD", KEYS[5], 0, "0") end
redis.call("XADD", KEYS[6], "MAXLEN", "~", 10000, "*", "event", "waiting", "jobId", ARGV[1])
return 1
