-- `who`: identity and last seen of each of the people in `seen`, in which identities and scores alternate. `what`: their
-- entries, or twice the byte 254 for one that has been lost. Each is one string, because redis-py takes as long for each part
-- of an answer as for a whole one, joined by a byte that, like 254, no UTF-8 text has.

local identities = {}
for index = 1, #seen, 2 do
  identities[(index + 1) / 2] = seen[index]
  if place then
    seen[index + 1] = (seen[index + 1] - base) * unit
  end
end
local payloads = #seen > 0 and call('HMGET', entries, unpack(identities)) or {}
for index = 1, #identities do
  payloads[index] = payloads[index] or '\254\254'
end
local who, what = table.concat(seen, '\255'), table.concat(payloads, '\255')
