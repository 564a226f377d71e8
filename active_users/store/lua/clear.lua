-- Forget everybody on the shard. The record and the history stay.
--
-- Returns how many users were active.
--
-- include _common

local active = call('ZCOUNT', users, oldest, newest)
call('UNLINK', users, entries, places, names)
return active
