-- Remove those of ten people who have left their place, who stand side by side anywhere. Newcomers do this, and each adds
-- one person, so that about one in ten of those stored has left.

local anywhere = now % call('ZCOUNT', places, '-inf', '+inf')
local some = call('ZREVRANGE', places, anywhere, anywhere + 9, 'WITHSCORES')
for index = 2, #some, 2 do
  local tick = some[index] % ROW
  if tick < oldest_tick or tick > newest_tick then
    call('ZREM', places, some[index - 1])
    local left = some[index]
    -- include _left
  end
end
