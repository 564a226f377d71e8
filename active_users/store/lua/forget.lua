-- Forget a person.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- KEYS[3]  forgotten: ZSET, identity -> when they were forgotten, in milliseconds
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  identity
--
-- Returns 1 if the person was active, else 0.

local users, entries, forgotten = KEYS[1], KEYS[2], KEYS[3]
local window, identity = tonumber(ARGV[1]), ARGV[2]

local last_seen = tonumber(redis.call('ZSCORE', users, identity) or 0)
redis.call('ZREM', users, identity)
redis.call('HDEL', entries, identity)
local now = now_in_milliseconds()
remember_forgotten(forgotten, identity, now)
return is_active(last_seen, now, window) and 1 or 0
