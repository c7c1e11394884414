-- Get a job: its hash, and its state from where it is listed, in one read.
-- KEYS: job, cancelled, completed, failed, delayed, active. ARGV: job id
-- Returns {} for an unknown job, else {state, score in the set of delayed jobs or '', hash}.
if redis.call("HEXISTS", KEYS[1], "name") == 0 then return {} end
local hash = redis.call("HGETALL", KEYS[1])
local id = ARGV[1]
if redis.call("ZSCORE", KEYS[2], id) then return {"cancelled", "", hash} end
if redis.call("ZSCORE", KEYS[3], id) then return {"completed", "", hash} end
if redis.call("ZSCORE", KEYS[4], id) then return {"failed", "", hash} end
local due = redis.call("ZSCORE", KEYS[5], id)
if due then return {"delayed", due, hash} end
for _, active in ipairs(redis.call("LRANGE", KEYS[6], 0, -1)) do
  if active == id then return {"active", "", hash} end
end
return {"waiting", "", hash}
