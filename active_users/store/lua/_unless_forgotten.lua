-- Prepended to note.lua: leaves out a person who was forgotten a moment ago, maybe by another process.
--
-- KEYS[3]  forgotten: ZSET, identity -> when they were forgotten, in milliseconds
-- ARGV[4]  for how long they must not have been forgotten, in milliseconds

do
  local now, window = now_in_milliseconds(), tonumber(ARGV[1])
  for _, identity in ipairs({ARGV[2], EVERYBODY}) do
    if tonumber(redis.call('ZSCORE', KEYS[3], identity) or 0) >= now - ARGV[4] then
      return count_active(KEYS[1], now, window)
    end
  end
end
