-- Store the progress of a job that this worker still holds.
-- KEYS: job, its lock, events. ARGV: token, job id, progress, steps, items ('' for none)
-- Returns 1, or -2 when the lock is another's or gone.
if redis.call("GET", KEYS[2]) ~= ARGV[1] then return -2 end
redis.call("HSET", KEYS[1], "progress", ARGV[3], "memorizer:steps", ARGV[4])
if ARGV[5] ~= "" then redis.call("HSET", KEYS[1], "memorizer:items", ARGV[5]) end
redis.call("XADD", KEYS[3], "MAXLEN", "~", 10000, "*",
  "event", "progress", "jobId", ARGV[2], "data", ARGV[3])
return 1
