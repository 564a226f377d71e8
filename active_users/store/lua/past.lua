-- What is remembered: the record, and some minutes of the history.
--
-- ARGV[2]  this many minutes, at most a week, of which the current one is the last
--
-- Returns {the current minute since 1970; part of the history, which may hold older minutes; users, guests and time of
-- the record}.
--
-- include _common

local minute, size = math.floor(now / 60000), 7 * 24 * 60
local first, last = (minute - ARGV[2] + 1) % size * 12, minute % size * 12 + 11
local minutes
if first < last then
  minutes = call('GETRANGE', history, first, last)
else
  minutes = call('GETRANGE', history, 0, last) .. call('GETRANGE', history, first, -1)
end
return {minute, minutes, call('HMGET', record, 'users', 'guests', 'at')}
