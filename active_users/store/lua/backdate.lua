-- Let somebody who was noted have come and been seen earlier than that. Only a site's tests do this.
--
-- ARGV[2]  identity; a guest's begins with the byte 255
-- ARGV[3]  how many milliseconds ago
--
-- Returns nothing.
--
-- include _common

local identity, moment = ARGV[2], now - ARGV[3]
local stored = call('HGET', entries, identity)
call('ZADD', string.byte(identity) == 255 and guests or users, moment, identity)
if stored then
  local since
  -- include _since
  call('HSET', entries, identity, since .. string.sub(stored, 5))
end
