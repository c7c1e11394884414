-- Ask the worker that runs a job to stop; if it is dead, the one that rescues the job.
-- KEYS: job, active, events. ARGV: the field to set, job id
-- Returns 1, or 0 when the job is not active (any more).
for _, active in ipairs(redis.call("LRANGE", KEYS[2], 0, -1)) do
  if active == ARGV[2] then
    redis.call("HSET", KEYS[1], ARGV[1], "1")
    redis.call("XADD", KEYS[3], "MAXLEN", "~", 10000, "*",
      "event", "cancel-requested", "jobId", ARGV[2])
    return 1
  end
end
return 0
