-- Some of the active users, the least recently seen first: one step of a walk through all of them.
--
-- From the least recently seen, because a person who is seen again moves towards the end, so the walk misses nobody.
--
-- ARGV[2]  start at the people last seen at this many milliseconds ...
-- ARGV[3]  ... and skip this many of them
-- ARGV[4]  return at most this many; unpack() sets a limit of some thousands
--
-- Returns {how many were found; ARGV[2] and ARGV[3] of the next step; people, see _people.lua}.
--
-- include _common

local from, skip, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local first = math.max(from, oldest)
if first > from then
  skip = 0
end
local seen = redis.call('ZRANGEBYSCORE', users, first, newest, 'WITHSCORES', 'LIMIT', skip, limit)
-- The next step starts at those last seen with the last one, and skips those of them who have been returned.
local last, tied = seen[#seen] or 0, 0
while seen[#seen - 2 * tied] == last do
  tied = tied + 1
end
-- include _people
return {#seen / 2, last, tied + (tonumber(last) == first and skip or 0), people}
