-- Leave out `identity` if they, or everybody, were forgotten in the last `not_forgotten_for` milliseconds, maybe by another
-- process.

for _, whom in ipairs({identity, ''}) do
  if tonumber(call('ZSCORE', forgotten, whom) or 0) >= now - not_forgotten_for then
    return call('ZCOUNT', users, oldest, newest)
  end
end
