-- Remember how many people are active on all shards together. Never fails, because whoever reads a count may have no
-- right to write, or the server no memory.
--
-- ARGV[2]  users
-- ARGV[3]  guests
-- ARGV[4]  when, in milliseconds since 1970; else now
--
-- Returns nothing.
--
-- include _common

local user_count, guest_count = tonumber(ARGV[2]), tonumber(ARGV[3])
local call, now = redis.pcall, tonumber(ARGV[4]) or now
-- include _remember
