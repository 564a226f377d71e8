-- Some of the active users, the least recently seen first: one step of a walk through all of them.
--
-- From the least recently seen, because a person who is seen again moves towards the end, so the walk misses nobody.
--
-- ARGV[2]  start at the people last seen then ...
-- ARGV[3]  ... and skip this many of them
-- ARGV[4]  return at most this many; unpack() sets a limit of some thousands
-- ARGV[5]  only those in this place; else absent
-- ARGV[6]  with a place: for how many milliseconds a sign of life keeps somebody there, at most the window
--
-- Returns {how many were found; ARGV[2] and ARGV[3] of the next step; who; what}: see _joined.lua.
--
-- include _common

local from, skip, limit, place, place_window = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]

-- include _where
if base + from >= first then
  first = base + from
else
  skip = 0
end
local seen = call('ZRANGEBYSCORE', people, first, last, 'WITHSCORES', 'LIMIT', skip, limit)
-- The next step starts at those last seen with the last one, and skips those of them who have been returned.
local latest, tied = seen[#seen] or 0, 0
while seen[#seen - 2 * tied] == latest do
  tied = tied + 1
end
local found, next_skip = #seen / 2, tied + (tonumber(latest) == first and skip or 0)
-- include _joined
return {found, latest - base, next_skip, who, what}
