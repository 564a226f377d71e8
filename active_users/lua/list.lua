-- Some of the active users, the most recently seen first.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  prune at most so many
-- ARGV[3]  skip so many
-- ARGV[4]  return at most so many, 1000 or fewer
--
-- Returns {how many users are active in all, payloads}.

local users, entries = KEYS[1], KEYS[2]
local window, batch = tonumber(ARGV[1]), tonumber(ARGV[2])
local offset, limit = tonumber(ARGV[3]), tonumber(ARGV[4])

local cutoff = now_in_milliseconds() - window
prune(users, entries, cutoff, batch)
local identities = redis.call('ZREVRANGEBYSCORE', users, '+inf', '(' .. cutoff, 'LIMIT', offset, limit)
local payloads = {}
if #identities > 0 then
  payloads = redis.call('HMGET', entries, unpack(identities))
end
return {count_since(users, cutoff), payloads}
