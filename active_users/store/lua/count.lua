-- Count the active users.
--
-- Returns how many there are.
--
-- include _common
-- include _prune

return call('ZCOUNT', users, oldest, newest)
