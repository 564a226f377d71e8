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

-- Identity, last seen and payload of each of the people in `seen`, in which identities and scores alternate. One string,
-- because redis-py takes as long for each part of an answer as for a whole one, joined by a byte that no UTF-8 text has.
local function people_of(entries, seen)
  local identities, people = {}, {}
  for index = 1, #seen, 2 do
    identities[#identities + 1] = seen[index]
  end
  local payloads = #seen > 0 and redis.call('HMGET', entries, unpack(identities)) or {}
  for index, payload in ipairs(payloads) do
    if payload then
      local size = #people
      people[size + 1], people[size + 2], people[size + 3] = identities[index], seen[2 * index], payload
    end
  end
  return table.concat(people, '\255')
end
