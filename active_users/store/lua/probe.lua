-- Do all that a note does, and leave no trace, to find out whether people can be noted.
--
-- Returns how many users are stored. Fails as a note would: no memory, a read-only replica, no permission, other data.
--
-- include _common
-- include _prune

redis.call('ZSCORE', users, '')
redis.call('ZADD', users, now, '')
redis.call('HSET', entries, '', redis.call('HGET', entries, '') or '')
redis.call('PEXPIRE', users, math.max(redis.call('PTTL', users), 60000))
redis.call('PEXPIRE', entries, math.max(redis.call('PTTL', entries), 60000))
redis.call('ZREM', users, '')
redis.call('HDEL', entries, '')
redis.call('GETRANGE', history, 0, 0)
redis.call('SETRANGE', history, 0, '')
redis.call('HSET', record, '', redis.call('HGET', record, '') or '')
redis.call('HDEL', record, '')
if places then
  redis.call('ZADD', places, 0, '')
  redis.call('ZREM', places, '')
  redis.call('HSET', names, '-', '')
  redis.call('HDEL', names, '-')
end
return redis.call('ZCOUNT', users, oldest, newest)
