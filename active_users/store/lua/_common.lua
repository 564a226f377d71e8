-- What every script begins with. What scripts share is statements, not functions, because the server makes every
-- function anew at each call, which takes as long as a command.
--
-- KEYS[1]  users: ZSET, identity -> last seen, in milliseconds
-- KEYS[2]  entries: HASH, identity -> since when they are active, in seconds as four digits of 7 bits, then payload
-- KEYS[3]  record: HASH, the highest count ever: users, guests, at (in milliseconds)
-- KEYS[4]  history: STRING, the highest count of each minute of a week, 12 bytes each: minute since 1970, users, guests
-- KEYS[5]  guests: ZSET, identity -> last seen, in milliseconds; only scripts that need it have it
-- KEYS[6]  places: ZSET, identity -> where and when somebody was last, see _rows.lua; likewise
-- KEYS[7]  names: HASH, '=' .. place -> its number; number -> place; '' -> the number given last; likewise
-- KEYS[8]  forgotten: ZSET, identity -> when they were forgotten, in milliseconds; '' is everybody; likewise
-- ARGV[1]  window, in milliseconds; a probe has none

local call = redis.call
local users, entries, record, history = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local guests, places, names, forgotten = KEYS[5], KEYS[6], KEYS[7], KEYS[8]

-- Milliseconds of the server's clock.
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Somebody last seen between these two is active. People seen later were noted before the clock was set back, or by a
-- master whose clock was ahead, and may have left long ago. They are not active until they are noted again.
local oldest, newest = now - (ARGV[1] or now) + 1, now + 2000
