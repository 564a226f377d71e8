-- Draw people at random, to find out which places have the most, and remove those drawn who have left their place.
--
-- ARGV[2]  for how many milliseconds a sign of life keeps somebody in a place, at most the window
-- ARGV[3]  draw this many people, or all if there are fewer
--
-- Returns places and how many of the people drawn are there, alternating, in no order.
--
-- include _common
-- include _rows

local place_window = ARGV[2]
-- include _ticks
local drawn = call('ZRANDMEMBER', places, ARGV[3], 'WITHSCORES')
local counts = {}
for index = 2, #drawn, 2 do
  local tick, number = drawn[index] % ROW, math.floor(drawn[index] / ROW / 2)
  if tick >= oldest_tick and tick <= newest_tick then
    counts[number] = (counts[number] or 0) + 1
  else
    local left = drawn[index]
    call('ZREM', places, drawn[index - 1])
    -- include _left
  end
end
local answer = {}
for number, count in pairs(counts) do
  local name = call('HGET', names, number)
  if name then
    answer[#answer + 1], answer[#answer + 2] = name, count
  end
end
return answer
