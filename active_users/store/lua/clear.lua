-- Forget everybody on the shard. The record and the history stay.
--
-- Returns how many users and guests were active.
--
-- include _common

local active = call('ZCOUNT', users, oldest, newest) + call('ZCOUNT', guests, oldest, newest)
call('UNLINK', users, entries, guests, places, names, forgotten)
local whom = ''
-- include _remember_forgotten
return active
