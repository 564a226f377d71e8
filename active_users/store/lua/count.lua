-- Count the active users.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
--
-- Returns how many there are.

local users, entries = KEYS[1], KEYS[2]
local window = tonumber(ARGV[1])

local now = now_in_milliseconds()
prune(users, entries, now, window)
return count_active(users, now, window)
