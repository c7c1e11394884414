-- Delete the locks of dead workers' jobs, so that BullMQ's check for stalled jobs returns them now.
-- The key stalled-check, which keeps that check from running twice at once, is deleted too.
-- KEYS: active, stalled, stalled-check. ARGV: prefix of job keys, then the workers' ids
-- Returns the number of jobs.
local dead, count = {}, 0
redis.call("DEL", KEYS[3])
for i = 2, #ARGV do dead[ARGV[i]] = true end
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
  local worker = redis.call("HGET", ARGV[1] .. id, "pb")
  if worker and dead[worker] then
    redis.call("DEL", ARGV[1] .. id .. ":lock")
    redis.call("SADD", KEYS[2], id)
    count = count + 1
  end
end
return count
