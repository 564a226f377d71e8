-- Remove those of twenty people who have left their place. Arrivals do this, and each adds one person, so that about
-- one in twenty of those stored has left.

local drawn = call('ZRANDMEMBER', places, -20, 'WITHSCORES')
for index = 2, #drawn, 2 do
  local tick = drawn[index] % ROW
  if tick < oldest_tick or tick > newest_tick then
    local left = call('ZREM', places, drawn[index - 1]) == 1 and drawn[index]
    -- include _left
  end
end
