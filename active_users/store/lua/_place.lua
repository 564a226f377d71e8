-- Note that `identity` is in `place`, unless they were last seen somewhere else and have not `opened` this one since.

-- include _rows
-- include _ticks
local left = call('ZSCORE', places, identity)
local tick = left and left % ROW or 0
local number = tonumber(call('HGET', names, '=' .. place))
local is_known = number
local is_here = left and number == math.floor(left / ROW / 2)
if is_here or opens or tick < oldest_tick or tick > newest_tick then
  for _ = 1, number and 0 or 100 do
    number = call('HINCRBY', names, '', 1)
    -- Where the names were evicted, numbers begin at random, so that they do not meet people of other places.
    number = (number == 1 and call('HINCRBY', names, '', now % PLACES) or number) % PLACES
    if call('HSETNX', names, number, place) == 1 then
      call('HSET', names, '=' .. place, number)
      break
    end
    number = nil -- taken
  end
  if number then
    call('ZADD', places, (2 * number + (is_guest and 1 or 0)) * ROW + math.floor(now / TICK), identity)
  end
  -- Only newcomers and new places add anything. Of the other notes about one in 32 does this, for the TTLs.
  if number and (not left or not is_known or now % 32 == 0) then
    local ttl = ARGV[1] + DAY
    -- include _prune_places
    if math.min(call('PTTL', places), call('PTTL', names)) < ttl - MINUTE then
      call('PEXPIRE', places, ttl)
      call('PEXPIRE', names, ttl)
    end
  end
  if not is_here then
    -- include _left
  end
end
