-- Forget a person.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  identity
--
-- Returns 1, or 0 when the person was not there.

local users, entries = KEYS[1], KEYS[2]
local identity = ARGV[1]

redis.call('HDEL', entries, identity)
return redis.call('ZREM', users, identity)
