-- Somebody seen in a place between these two ticks is still there. Both are rounded so that nobody is there who is not
-- active.

local oldest_tick = math.floor((now - place_window) / TICK) + 1
local newest_tick = math.floor((newest + 1) / TICK) - 1
