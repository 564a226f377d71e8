-- `since`: the second of `moment` as four digits of 7 bits, so that no byte is one that separates entries.

local seconds = math.floor(moment / 1000)
since = string.char(
  math.floor(seconds / 2 ^ 21) % 128,
  math.floor(seconds / 2 ^ 14) % 128,
  math.floor(seconds / 2 ^ 7) % 128,
  seconds % 128
)
