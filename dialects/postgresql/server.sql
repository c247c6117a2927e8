-- Facts about the server, the session's user and the chosen schema.
-- $1::text : schema name. One row always; schema is NULL where it does not exist.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num') AS version_number,
       pg_catalog.current_setting('server_encoding') AS encoding,
       pg_catalog.current_database() AS database,
       current_user AS user,
       pg_catalog.pg_backend_pid() AS process,
       pg_catalog.pg_is_in_recovery() AS standby,
       pg_catalog.current_setting('transaction_read_only') AS read_only,
       n.nspname AS schema,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS can_use,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS can_create
FROM (SELECT $1::text AS wanted) AS p
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = p.wanted
