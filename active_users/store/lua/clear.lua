-- Forget everybody on the shard.
--
-- KEYS[1]   users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2…]  every other key of the shard
-- ARGV[1]   window, in milliseconds
--
-- Returns how many users were active.

local users = KEYS[1]
local window = tonumber(ARGV[1])

local active = count_active(users, now_in_milliseconds(), window)
redis.call('UNLINK', unpack(KEYS))
return active
