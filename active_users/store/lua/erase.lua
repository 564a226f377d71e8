-- Remove everything, the record and the history too. Only a site's tests do this, to keys of their own.
--
-- Returns nothing.
--
-- include _common

call('UNLINK', unpack(KEYS))
