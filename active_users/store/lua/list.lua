-- Some of the active users, the most recently seen first.
--
-- ARGV[2]  skip this many
-- ARGV[3]  return at most this many; unpack() sets a limit of some thousands
--
-- Returns {number of active users; people, see _people.lua}.
--
-- include _common
-- include _prune

local offset, limit = tonumber(ARGV[2]), tonumber(ARGV[3])

local total = redis.call('ZCOUNT', users, oldest, newest)
local first, last = offset, math.min(offset + limit, total) - 1
local seen = {}
if first <= last then -- by rank, because ZREVRANGEBYSCORE walks over everybody it skips
  local ahead = redis.call('ZCOUNT', users, newest + 1, '+inf')
  seen = redis.call('ZREVRANGE', users, ahead + first, ahead + last, 'WITHSCORES')
end
-- include _people
return {total, people}
