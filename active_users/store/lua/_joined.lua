-- `joined`: identity, last seen and payload of each of the people in `seen`, in which identities and scores alternate.
-- One string, because redis-py takes as long for each part of an answer as for a whole one, joined by a byte that no
-- UTF-8 text has.

local identities, joined = {}, {}
for index = 1, #seen, 2 do
  identities[#identities + 1] = seen[index]
end
local payloads = #seen > 0 and call('HMGET', entries, unpack(identities)) or {}
for index, payload in ipairs(payloads) do
  if payload then
    local size, last_seen = #joined, seen[2 * index]
    if place then
      last_seen = (last_seen - base) * unit
    end
    joined[size + 1], joined[size + 2], joined[size + 3] = identities[index], last_seen, payload
  end
end
joined = table.concat(joined, '\255')
