-- Forget everybody on the shard. The record and the history stay.
--
-- Returns how many users were active.
--
-- include _common

local active = redis.call('ZCOUNT', users, oldest, newest)
redis.call('UNLINK', users, entries, places, names)
return active
