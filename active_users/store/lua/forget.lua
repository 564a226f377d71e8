-- Forget a user or guest.
--
-- ARGV[2]  identity; a guest's begins with the byte 255
--
-- Returns 1 if they were active, else 0.
--
-- include _common
-- include _rows

local identity = ARGV[2]

local people = string.byte(identity) == 255 and guests or users
local last_seen = tonumber(call('ZSCORE', people, identity) or 0)
call('ZREM', people, identity)
call('HDEL', entries, identity)
local left = call('ZSCORE', places, identity)
call('ZREM', places, identity)
-- include _left
if people == users then -- a guest makes no request that is noted at its end
  local whom = identity
  -- include _remember_forgotten
end
return last_seen >= oldest and last_seen <= newest and 1 or 0
