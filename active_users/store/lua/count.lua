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

local cutoff = now_in_milliseconds() - window
prune(users, entries, cutoff, batch)
return count_since(users, cutoff)
