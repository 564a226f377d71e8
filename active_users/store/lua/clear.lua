-- Forget everybody.
--
-- KEYS  every key of the shard
--
-- Returns how many keys there were.

return redis.call('UNLINK', unpack(KEYS))
