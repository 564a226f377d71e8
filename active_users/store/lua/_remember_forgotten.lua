-- Remember for an hour that `whom` was forgotten, for requests that are noted at their end.

local HOUR = 3600 * 1000
call('ZREMRANGEBYSCORE', forgotten, '-inf', now - HOUR)
call('ZADD', forgotten, now, whom)
call('PEXPIRE', forgotten, HOUR)
