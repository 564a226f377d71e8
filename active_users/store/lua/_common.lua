-- Shared by the scripts; prepended to each.

-- Milliseconds of the server's clock.
local function now_in_milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- People last seen further in the future than this many milliseconds were noted before the clock was set back, or by a
-- master whose clock was ahead, and may have left long ago. They are not active until they are noted again.
local TOLERANCE = 2000

-- Who was forgotten is remembered for an hour, for requests that are noted at their end.
local HOUR = 3600 * 1000
local EVERYBODY = ''

local function remember_forgotten(forgotten, identity, now)
  redis.call('ZREMRANGEBYSCORE', forgotten, '-inf', now - HOUR)
  redis.call('ZADD', forgotten, now, identity)
  redis.call('PEXPIRE', forgotten, HOUR)
end

local function is_active(last_seen, now, window)
  return last_seen > now - window and last_seen <= now + TOLERANCE
end

local function count_active(users, now, window)
  return redis.call('ZCOUNT', users, '(' .. now - window, now + TOLERANCE)
end

local function remove_between(users, entries, first, last)
  local found = redis.call('ZRANGEBYSCORE', users, first, last, 'LIMIT', 0, 100)
  if #found > 0 then
    redis.call('ZREM', users, unpack(found))
    redis.call('HDEL', entries, unpack(found))
  end
end

-- Remove at most a hundred people who were last seen before the window, and as many who were last seen in the future.
-- More would hold up the server for longer than a fraction of a millisecond.
local function prune(users, entries, now, window)
  remove_between(users, entries, '-inf', now - window)
  remove_between(users, entries, '(' .. now + TOLERANCE, '+inf')
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
