-- Forget a person.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  identity
--
-- Returns 1 if the person was active, else 0.

local users, entries = KEYS[1], KEYS[2]
local window, identity = tonumber(ARGV[1]), ARGV[2]

local last_seen = tonumber(redis.call('ZSCORE', users, identity) or 0)
redis.call('ZREM', users, identity)
redis.call('HDEL', entries, identity)
return is_active(last_seen, now_in_milliseconds(), window) and 1 or 0
