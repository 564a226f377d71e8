-- Note that a person was seen now.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  prune at most this many
-- ARGV[3]  set the keys' TTL to this many milliseconds ...
-- ARGV[4]  ... once it has fallen below this many
-- ARGV[5]  identity
-- ARGV[6]  payload
--
-- Returns how many users are active.

local users, entries = KEYS[1], KEYS[2]
local window, batch = tonumber(ARGV[1]), tonumber(ARGV[2])
local ttl, renew_below = tonumber(ARGV[3]), tonumber(ARGV[4])
local identity, payload = ARGV[5], ARGV[6]

local now = now_in_milliseconds()
local is_news = redis.call('ZADD', users, now, identity) == 1
if redis.call('HGET', entries, identity) ~= payload then
  redis.call('HSET', entries, identity, payload)
  is_news = true
end
-- A newcomer or a changed entry prunes and looks after the TTLs, because only these add keys or memory. Of the other
-- notes about one in 32 does, which is often enough and keeps them short.
if is_news or now % 32 == 0 then
  prune(users, entries, now, window, batch)
  if redis.call('PTTL', users) < renew_below or redis.call('PTTL', entries) < renew_below then
    redis.call('PEXPIRE', users, ttl)
    redis.call('PEXPIRE', entries, ttl)
  end
end
return count_active(users, now, window)
