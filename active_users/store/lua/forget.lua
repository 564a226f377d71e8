-- Forget a person.
--
-- ARGV[2]  identity
--
-- Returns 1 if the person was active, else 0.
--
-- include _common
-- include _rows

local identity = ARGV[2]

local last_seen = tonumber(call('ZSCORE', users, identity) or 0)
call('ZREM', users, identity)
call('HDEL', entries, identity)
local left = call('ZSCORE', places, identity)
call('ZREM', places, identity)
-- include _left
return last_seen >= oldest and last_seen <= newest and 1 or 0
