-- Some of the active users, the most recently seen first.
--
-- ARGV[2]  skip this many
-- ARGV[3]  return at most this many; unpack() sets a limit of some thousands
-- ARGV[4]  only those in this place; else absent
-- ARGV[5]  with a place: for how many milliseconds a sign of life keeps somebody there, at most the window
--
-- Returns {number of active users; who; what}: see _joined.lua.
--
-- include _common
-- include _prune

local offset, limit, place, place_window = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]

-- include _where
local total = call('ZCOUNT', people, first, last)
local from, to = offset, math.min(offset + limit, total) - 1
local seen = {}
if from <= to then -- by rank, because ZREVRANGEBYSCORE walks over everybody it skips
  local ahead = call('ZCOUNT', people, last + 1, '+inf')
  seen = call('ZREVRANGE', people, ahead + from, ahead + to, 'WITHSCORES')
end
-- include _joined
return {total, who, what}
