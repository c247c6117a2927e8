-- Everything that a schema holds of its own: an empty result is an empty target.
-- $1::text : schema name. Members of extensions and sequences owned by a column are left out.
WITH member AS (SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'),
     object (kind, name, classid, objid) AS (
  SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                        WHEN 'f' THEN 'foreign table' ELSE 'table' END,
         c.relname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                    WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0)
  UNION ALL
  SELECT 'type', t.typname::text, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
  FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  WHERE n.nspname = $1 AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
)
SELECT o.kind, o.name
FROM object AS o
WHERE NOT EXISTS (SELECT 1 FROM member AS m WHERE m.classid = o.classid AND m.objid = o.objid)
ORDER BY o.kind COLLATE "C", o.name COLLATE "C"
