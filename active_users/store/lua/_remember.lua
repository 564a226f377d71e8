-- Remember `user_count` and `guest_count` if they are the most of this minute, or the most ever. `call`: redis.call or
-- redis.pcall.

local minute = math.floor(now / 60000)
local total = user_count + guest_count
local week = 7 * 24 * 60
local place = minute % week * 12
local known = call('GETRANGE', history, place, place + 11)
local known_minute, most_users, most_guests = 0, 0, 0
if #known == 12 then
  known_minute, most_users, most_guests = struct.unpack('>I4I4I4', known)
end
if total > (known_minute == minute and most_users + most_guests or 0) then
  call('SETRANGE', history, place, struct.pack('>I4I4I4', minute, user_count, guest_count))
  local highest = call('HMGET', record, 'users', 'guests')
  if total > (tonumber(highest[1]) or 0) + (tonumber(highest[2]) or 0) then
    call('HSET', record, 'users', user_count, 'guests', guest_count, 'at', now)
  end
  if known_minute ~= minute then
    call('PEXPIRE', history, (week + 24 * 60) * 60000)
    call('PEXPIRE', record, 400 * 24 * 3600 * 1000)
  end
end
