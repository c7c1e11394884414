-- Remove a job from all lists whose hash Redis evicted and the outbox does not have.
-- KEYS: job, lock, wait, paused, active, prioritized, delayed, completed, failed, cancelled, stalled
-- ARGV: job id, token of the worker that just claimed it ('' for nobody)
-- Returns 1, or 0 when it has a hash, or another worker runs it.
local id = ARGV[1]
local lock = redis.call("GET", KEYS[2])
if lock and lock ~= ARGV[2] then return 0 end
if redis.call("HEXISTS", KEYS[1], "name") == 1 then return 0 end
for i = 3, 5 do redis.call("LREM", KEYS[i], 0, id) end
for i = 6, 10 do redis.call("ZREM", KEYS[i], id) end
redis.call("SREM", KEYS[11], id)
redis.call("DEL", KEYS[1], KEYS[2])
return 1
