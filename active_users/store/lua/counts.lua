-- Count the active users and guests, of the site and of some places.
--
-- ARGV[2]   for how many milliseconds a sign of life keeps somebody in a place, at most the window
-- ARGV[3…]  places
--
-- Returns users and guests of the site, and then of each place.
--
-- include _common
-- include _prune
-- include _rows

local place_window = ARGV[2]
-- include _ticks
local answer = {call('ZCOUNT', users, oldest, newest), call('ZCOUNT', guests, oldest, newest)}
for index = 3, #ARGV do
  local number = call('HGET', names, '=' .. ARGV[index])
  local row = 2 * (number or 0) * ROW
  for _ = 1, 2 do
    answer[#answer + 1] = number and call('ZCOUNT', places, row + oldest_tick, row + newest_tick) or 0
    row = row + ROW
  end
end
return answer
