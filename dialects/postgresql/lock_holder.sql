-- Who holds an advisory lock of this database.
-- $1::text : the lock's 64-bit key. One row if it is held and its holder can be seen.
SELECT a.pid, a.usename AS user, a.application_name AS application, a.client_addr AS address,
       pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS "UTC"') AS started
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND l.classid::int8 = ($1::int8 >> 32) & 4294967295
  AND l.objid::int8 = $1::int8 & 4294967295
