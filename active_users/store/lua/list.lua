-- Some of the active users, the most recently seen first.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  skip this many
-- ARGV[3]  return at most this many; unpack() sets a limit of some thousands
--
-- Returns {number of active users; people, see people_of()}.

local users, entries = KEYS[1], KEYS[2]
local window, offset, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local now = now_in_milliseconds()
prune(users, entries, now, window)
local total = count_active(users, now, window)
local first, last = offset, math.min(offset + limit, total) - 1
local seen = {}
if first <= last then -- by rank, because ZREVRANGEBYSCORE walks over everybody it skips
  local ahead = redis.call('ZCOUNT', users, '(' .. now + TOLERANCE, '+inf')
  seen = redis.call('ZREVRANGE', users, ahead + first, ahead + last, 'WITHSCORES')
end
return {total, people_of(entries, seen)}
