-- `people`: identity, last seen and payload of each of the people in `seen`, in which identities and scores alternate. One
-- string, because redis-py takes as long for each part of an answer as for a whole one, joined by a byte that no UTF-8 text
-- has.

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
people = table.concat(people, '\255')
