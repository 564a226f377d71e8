-- When some users were last seen.
--
-- ARGV[2…]  identities
--
-- Returns milliseconds since 1970 for each of them, or 0 for a user who is not active.
--
-- include _common

local answer = {}
for index = 2, #ARGV do
  local last_seen = tonumber(call('ZSCORE', users, ARGV[index]) or 0)
  answer[#answer + 1] = last_seen >= oldest and last_seen <= newest and last_seen or 0
end
return answer
