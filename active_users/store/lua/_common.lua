-- Shared by the scripts; prepended to each.

-- Milliseconds of the server's clock.
local function now_in_milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Remove at most `batch` people last seen at `cutoff` or before. A larger batch would hold up the server.
local function prune(users, entries, cutoff, batch)
  local expired = redis.call('ZRANGEBYSCORE', users, '-inf', cutoff, 'LIMIT', 0, batch)
  if #expired > 0 then
    redis.call('ZREM', users, unpack(expired))
    redis.call('HDEL', entries, unpack(expired))
  end
end

local function count_since(users, cutoff)
  return redis.call('ZCOUNT', users, '(' .. cutoff, '+inf')
end

-- The payloads of the people in `seen`, in which identities and scores alternate.
local function payloads_of(entries, seen)
  local identities = {}
  for index = 1, #seen, 2 do
    identities[#identities + 1] = seen[index]
  end
  if #identities == 0 then
    return {}
  end
  return redis.call('HMGET', entries, unpack(identities))
end
