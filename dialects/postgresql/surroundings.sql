-- What else lives in the database and is not copied with a schema.
-- $1::text : schema name. One row.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata) AS large_objects,
       (SELECT pg_catalog.json_agg(s.nspname ORDER BY s.nspname)
        FROM (SELECT DISTINCT n.nspname::text
              FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND n.nspname <> $1 AND n.nspname <> 'information_schema'
                AND n.nspname NOT LIKE 'pg\_%'
                AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                  AND d.objid = c.oid AND d.deptype = 'e')) AS s) AS other_schemas
