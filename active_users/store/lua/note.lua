-- Note that a user or guest was seen now.
--
-- ARGV[2]  identity; a guest's begins with the byte 255
-- ARGV[3]  payload, which is not stored of a guest
-- ARGV[4]  1 if other shards hold people too, so that this one cannot tell the highest count; else absent or 0
-- ARGV[5]  leave them out if they were forgotten in the last this many milliseconds; else absent or empty
-- ARGV[6]  the identity of the guest as whom they were noted before; else absent or empty
-- ARGV[7]  the place where they are; else absent
-- ARGV[8]  with a place: for how many milliseconds a sign of life keeps somebody there, at most the window
-- ARGV[9]  with a place: 1 if they have just opened it, 0 if it was open before
--
-- Returns how many users are active. If the person was left out, that number times -1, minus 1.
--
-- include _common

local identity, payload, is_part = ARGV[2], ARGV[3], ARGV[4] == '1'
local not_forgotten_for, formerly, place = ARGV[5], ARGV[6], ARGV[7]
local is_guest = guests and string.byte(identity) == 255
local people = is_guest and guests or users
-- With a TTL of the window alone our keys would be the first to be evicted, and everybody would be gone at once.
local DAY, MINUTE = 24 * 3600 * 1000, 60 * 1000

if not_forgotten_for and not_forgotten_for ~= '' then
  -- include _unless_forgotten
end
local before = tonumber(call('ZSCORE', people, identity) or 0)
local is_newcomer = before < oldest or before > newest
call('ZADD', people, now, identity)
local stored = not is_guest and call('HGET', entries, identity)
local since = stored and not is_newcomer and string.sub(stored, 1, 4)
if not since then
  local moment = now
  -- include _since
end
local is_changed = not is_guest and stored ~= since .. payload
if is_changed then
  call('HSET', entries, identity, since .. payload)
end
-- A newcomer or a changed entry prunes and looks after the TTLs, because only these add keys or memory. Of the other
-- notes about one in 32 does, which is often enough and keeps them short.
if is_newcomer or is_changed or now % 32 == 0 then
  -- include _prune
  local ttl = ARGV[1] + DAY
  if math.min(call('PTTL', people), is_guest and ttl or call('PTTL', entries)) < ttl - MINUTE then
    call('PEXPIRE', people, ttl)
    call('PEXPIRE', entries, ttl)
  end
end
if formerly and formerly ~= '' then
  -- include _rows
  local left = call('ZSCORE', places, formerly)
  call('ZREM', guests, formerly)
  call('ZREM', places, formerly)
  -- include _left
end
local user_count = call('ZCOUNT', users, oldest, newest)
local guest_count = guests and call('ZCOUNT', guests, oldest, newest) or 0
-- Only a newcomer makes the count grow, and a minute should not be missing because nobody came. Among 500 people there
-- are enough first notes of a minute that one in 32 will do.
local is_first = before < now - now % MINUTE
if not is_part and (is_newcomer or is_first and (user_count + guest_count < 500 or now % 32 == 0)) then
  -- include _remember
end
if place then
  local place_window, opens = ARGV[8], ARGV[9] == '1'
  -- include _place
end
return user_count
