-- Where the active users of `place`, or of the site if it is nil, stand: in `people` between the scores `first` and
-- `last`. What a score has above `base` says when they were seen, in units of `unit` milliseconds.

local people, first, last, base, unit = users, oldest, newest, 0, 1
if place then
  -- include _rows
  -- include _ticks
  local number = call('HGET', names, '=' .. place) or -1 -- which nobody has
  base = 2 * number * ROW
  people, first, last, unit = places, base + oldest_tick, base + newest_tick, TICK
end
