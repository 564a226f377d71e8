-- Remove at most a hundred users, and as many guests, who were last seen before the window, or else who were last seen in
-- the future. More would hold up the server for longer than a fraction of a millisecond.

local gone = call('ZRANGEBYSCORE', users, '-inf', oldest - 1, 'LIMIT', 0, 100)
if #gone == 0 then
  gone = call('ZRANGEBYSCORE', users, newest + 1, '+inf', 'LIMIT', 0, 100)
end
if #gone > 0 then
  call('ZREM', users, unpack(gone))
  call('HDEL', entries, unpack(gone))
end
if guests then
  gone = call('ZRANGEBYSCORE', guests, '-inf', oldest - 1, 'LIMIT', 0, 100)
  if #gone == 0 then
    gone = call('ZRANGEBYSCORE', guests, newest + 1, '+inf', 'LIMIT', 0, 100)
  end
  if #gone > 0 then
    call('ZREM', guests, unpack(gone))
  end
end
