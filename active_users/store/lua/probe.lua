-- Do all that a note does, and leave no trace, to find out whether people can be noted.
--
-- Returns how many users are stored. Fails as a note would: no memory, a read-only replica, no permission, other data.
--
-- include _common
-- include _prune

call('ZSCORE', users, '')
call('ZADD', users, now, '')
call('HSET', entries, '', call('HGET', entries, '') or '')
call('PEXPIRE', users, math.max(call('PTTL', users), 60000))
call('PEXPIRE', entries, math.max(call('PTTL', entries), 60000))
call('ZREM', users, '')
call('HDEL', entries, '')
call('GETRANGE', history, 0, 0)
call('SETRANGE', history, 0, '')
call('HSET', record, '', call('HGET', record, '') or '')
call('HDEL', record, '')
if guests then
  call('ZADD', guests, 0, '')
  call('ZREM', guests, '')
end
if places then
  call('ZADD', places, 0, '')
  call('ZREM', places, '')
  call('HSET', names, '-', '')
  call('HDEL', names, '-')
end
if forgotten then
  call('ZADD', forgotten, 0, '-')
  call('ZREM', forgotten, '-')
end
return call('ZCOUNT', users, oldest, newest)
