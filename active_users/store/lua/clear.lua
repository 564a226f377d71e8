-- Forget everybody on the shard.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- KEYS[3]  forgotten: ZSET, identity -> when they were forgotten, in milliseconds
-- ARGV[1]  window, in milliseconds
--
-- Returns how many users were active.

local users = KEYS[1]
local window = tonumber(ARGV[1])

local now = now_in_milliseconds()
local active = count_active(users, now, window)
redis.call('UNLINK', unpack(KEYS))
remember_forgotten(KEYS[3], EVERYBODY, now)
return active
