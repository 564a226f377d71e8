-- Do all that a note does, and leave no trace, to find out whether people can be noted.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> payload
--
-- Returns how many users are stored. Fails as a note would: no memory, a read-only replica, no permission, other data.

local users, entries = KEYS[1], KEYS[2]

local now = now_in_milliseconds()
redis.call('ZADD', users, now, '')
redis.call('HSET', entries, '', redis.call('HGET', entries, '') or '')
redis.call('PEXPIRE', users, math.max(redis.call('PTTL', users), 60000))
redis.call('PEXPIRE', entries, math.max(redis.call('PTTL', entries), 60000))
redis.call('ZREM', users, '')
redis.call('HDEL', entries, '')
prune(users, entries, now, now)
return count_active(users, now, now)
