-- Forget the record, and with it the highest count of the current minute, which would hide the lower ones of a new
-- record.
--
-- ARGV[2]  1 to forget the whole history; else 0
--
-- Returns 1 if there was a record, else 0.
--
-- include _common

if ARGV[2] == '1' then
  call('UNLINK', history)
elseif call('PTTL', history) > 0 then
  call('SETRANGE', history, math.floor(now / 60000) % (7 * 24 * 60) * 12, string.rep('\0', 12))
end
return call('UNLINK', record)
