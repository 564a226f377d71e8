-- `left`: the score that somebody had in a place and has no more, or false. A place goes with the last one who leaves
-- it.

if left then
  local number = math.floor(left / ROW / 2)
  if call('ZCOUNT', places, 2 * number * ROW, (2 * number + 2) * ROW - 1) == 0 then
    local name = call('HGET', names, number)
    if name then
      call('HDEL', names, number, '=' .. name)
    end
  end
end
