-- Some of the active users, the longest not seen first: a step of a walk through all of them.
--
-- Whoever is seen again during the walk moves ahead of it, so that nobody is missed.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  start at those last seen at so many milliseconds ...
-- ARGV[3]  ... and skip so many of them
-- ARGV[4]  return at most so many, which unpack() limits to some thousands
--
-- Returns {identities and when they were last seen, by turns; payloads}.

local users, entries = KEYS[1], KEYS[2]
local window, from, skip, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local first = math.max(from, now_in_milliseconds() - window + 1)
if first > from then
  skip = 0
end
local seen = redis.call('ZRANGEBYSCORE', users, first, '+inf', 'WITHSCORES', 'LIMIT', skip, limit)
return {seen, payloads_of(entries, seen)}
