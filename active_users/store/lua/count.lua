-- Count the active users.
--
-- Returns how many there are.
--
-- include _common
-- include _prune

return redis.call('ZCOUNT', users, oldest, newest)
