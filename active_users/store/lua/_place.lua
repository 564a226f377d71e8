-- Note that `identity` is in `place`, unless they were last seen somewhere else and have not `opened` this one since.

-- include _rows
-- include _ticks
local left = redis.call('ZSCORE', places, identity)
local tick = left and left % ROW or 0
local number = tonumber(redis.call('HGET', names, '=' .. place))
local is_here = left and number == math.floor(left / ROW / 2)
if is_here or opens or tick < oldest_tick or tick > newest_tick then
  for _ = 1, number and 0 or 100 do
    number = redis.call('HINCRBY', names, '', 1)
    -- Where the names were evicted, numbers begin at random, so that they do not meet people of other places.
    number = (number == 1 and redis.call('HINCRBY', names, '', now % PLACES) or number) % PLACES
    if redis.call('HSETNX', names, number, place) == 1 then
      redis.call('HSET', names, '=' .. place, number)
      break
    end
    number = nil -- taken
  end
  if number then
    redis.call('ZADD', places, 2 * number * ROW + math.floor(now / TICK), identity)
  end
  if not is_here then
    -- include _left
    -- include _prune_places
    if math.min(redis.call('PTTL', places), redis.call('PTTL', names)) < ttl - MINUTE then
      redis.call('PEXPIRE', places, ttl)
      redis.call('PEXPIRE', names, ttl)
    end
  end
end
