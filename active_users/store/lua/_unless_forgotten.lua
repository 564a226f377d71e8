-- Leave out `identity` if they, or everybody, were forgotten in the last `not_forgotten_for` milliseconds, maybe by another
-- process.

for _, whom in ipairs({identity, ''}) do
  local at = tonumber(call('ZSCORE', forgotten, whom) or 0)
  if at >= now - not_forgotten_for and at <= newest then
    return -call('ZCOUNT', users, oldest, newest) - 1
  end
end
