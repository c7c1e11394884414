-- Restore the part of a job that Redis evicted: its hash, or its entry in a list.
-- KEYS: job, lock, wait, paused, active, prioritized, delayed, completed, failed, cancelled,
--   meta, marker, events
-- ARGV: job id, then the fields of its hash and their values
-- Returns 1, 0 when nothing is missing or it has ended, -1 when neither is left.
local id = ARGV[1]
for i = 8, 10 do
  if redis.call("ZSCORE", KEYS[i], id) then return 0 end
end
local listed = redis.call("LPOS", KEYS[3], id) or redis.call("LPOS", KEYS[4], id)
  or redis.call("LPOS", KEYS[5], id) or redis.call("ZSCORE", KEYS[6], id)
  or redis.call("ZSCORE", KEYS[7], id) or redis.call("EXISTS", KEYS[2]) == 1
local known = redis.call("HEXISTS", KEYS[1], "name") == 1
if known and listed then return 0 end
if not known and not listed then return -1 end
if not known then
  redis.call("HSET", KEYS[1], unpack(ARGV, 2))
end
if not listed then
  redis.call("LPUSH", KEYS[3], id)
  if redis.call("HEXISTS", KEYS[11], "paused") == 0 then redis.call("ZADD", KEYS[12], 0, "0") end
  redis.call("XADD", KEYS[13], "MAXLEN", "~", 10000, "*", "event", "waiting", "jobId", id)
end
return 1
