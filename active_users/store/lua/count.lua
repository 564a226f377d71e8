-- Count the active users.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  prune at most this many
--
-- Returns how many there are.

local users, entries = KEYS[1], KEYS[2]
local window, batch = tonumber(ARGV[1]), tonumber(ARGV[2])

local now = now_in_milliseconds()
prune(users, entries, now, window, batch)
return count_active(users, now, window)
