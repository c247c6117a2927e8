-- Base tables of a schema: plain tables, roots of partitioned tables, and partitions whose root lies elsewhere.
-- $1::text : schema name. Tables that belong to an extension are left out.
SELECT c.oid,
       c.relname AS name,
       c.relkind = 'p' AS partitioned,
       c.relpersistence = 'u' AS unlogged,
       c.relispartition AS stray_partition,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
       pg_catalog.row_security_active(c.oid) AS row_security,
       pg_catalog.has_table_privilege(c.oid, 'SELECT')
         OR COALESCE((SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
                      FROM pg_catalog.pg_attribute AS a
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), false) AS can_select,
       (SELECT pg_catalog.string_agg(p.relname::text, ', ')
        FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
        WHERE i.inhrelid = c.oid AND NOT c.relispartition) AS parents,
       COALESCE(size.bytes, 0) AS bytes,
       COALESCE(size.pages, 0) AS pages,
       COALESCE(size.rows, 0) AS rows
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  -- Rows as the planner estimates them: density at the last ANALYZE times today's pages; about 100 bytes
  -- a row where the table was never analyzed.
  SELECT pg_catalog.sum(pg_catalog.pg_table_size(leaf.oid))::int8 AS bytes,
         pg_catalog.sum(now.pages)::int8 AS pages,
         pg_catalog.sum(CASE WHEN leaf.reltuples >= 0 AND leaf.relpages > 0
                             THEN leaf.reltuples::float8 / leaf.relpages * now.pages
                             ELSE now.pages * pg_catalog.current_setting('block_size')::float8 / 100 END)::int8 AS rows
  FROM pg_catalog.pg_class AS leaf
  CROSS JOIN LATERAL (SELECT pg_catalog.pg_relation_size(leaf.oid)
                             / pg_catalog.current_setting('block_size')::int8 AS pages) AS now
  WHERE CASE WHEN c.relkind = 'p'
             THEN leaf.relkind = 'r'
                  AND leaf.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) AS t WHERE t.isleaf)
             ELSE leaf.oid = c.oid END
) AS size
WHERE n.nspname = $1
  AND c.relkind IN ('r', 'p')
  AND NOT (c.relispartition AND EXISTS (
        SELECT 1 FROM pg_catalog.pg_class AS root
        WHERE root.oid = pg_catalog.pg_partition_root(c.oid) AND root.relnamespace = c.relnamespace))
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname COLLATE "C"
