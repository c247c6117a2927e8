-- Which database and schema this is, whatever address it is reached by.
-- $1::text : schema name. One row.
SELECT c.system_identifier AS system, d.oid AS database, $1::text AS schema
FROM pg_catalog.pg_control_system() AS c, pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
