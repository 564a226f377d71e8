-- When some users were last seen.
--
-- KEYS[1]   users: ZSET, identity -> last seen, in milliseconds
-- ARGV[1]   window, in milliseconds
-- ARGV[2…]  identities
--
-- Returns milliseconds since 1970 for each of them, or 0 for a user who is not active.

local users = KEYS[1]
local window = tonumber(ARGV[1])

local now = now_in_milliseconds()
local answer = {}
for index = 2, #ARGV do
  local last_seen = tonumber(redis.call('ZSCORE', users, ARGV[index]) or 0)
  answer[#answer + 1] = is_active(last_seen, now, window) and last_seen or 0
end
return answer
