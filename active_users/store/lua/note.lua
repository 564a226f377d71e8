-- Note that a person was seen now.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
-- ARGV[1]  window, in milliseconds
-- ARGV[2]  identity
-- ARGV[3]  payload
--
-- Returns how many users are active.

local users, entries = KEYS[1], KEYS[2]
local window, identity, payload = tonumber(ARGV[1]), ARGV[2], ARGV[3]
-- With a TTL of the window alone our keys would be the first to be evicted, and everybody would be gone at once.
local DAY, MINUTE = 24 * 3600 * 1000, 60 * 1000

local now = now_in_milliseconds()
local is_news = redis.call('ZADD', users, now, identity) == 1
if redis.call('HGET', entries, identity) ~= payload then
  redis.call('HSET', entries, identity, payload)
  is_news = true
end
-- A newcomer or a changed entry prunes and looks after the TTLs, because only these add keys or memory. Of the other
-- notes about one in 32 does, which is often enough and keeps them short.
if is_news or now % 32 == 0 then
  prune(users, entries, now, window)
  local ttl = window + DAY
  if math.min(redis.call('PTTL', users), redis.call('PTTL', entries)) < ttl - MINUTE then
    redis.call('PEXPIRE', users, ttl)
    redis.call('PEXPIRE', entries, ttl)
  end
end
return count_active(users, now, window)
