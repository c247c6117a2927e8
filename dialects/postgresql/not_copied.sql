-- Objects that are not copied: everything of a schema beside tables, keys, indexes, checks, sequences and the
-- enum types in use, and the database's extensions, event triggers and publications.
-- $1::text : schema name. Members of extensions are left out.
WITH member AS (SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'),
     space AS (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $1),
     object (kind, name, classid, objid) AS (
  SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
         c.relname::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
  FROM pg_catalog.pg_class AS c JOIN space ON space.oid = c.relnamespace WHERE c.relkind IN ('v', 'm', 'f')
  UNION ALL
  SELECT 'trigger', pg_catalog.format('%s.%s', c.relname, t.tgname), 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid
  FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN space ON space.oid = c.relnamespace WHERE NOT t.tgisinternal
  UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
         pg_catalog.format('%s(%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
         'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid
  FROM pg_catalog.pg_proc AS p JOIN space ON space.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i')
  UNION ALL
  SELECT 'rule', pg_catalog.format('%s.%s', c.relname, r.rulename), 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid
  FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class AND c.relkind IN ('r', 'p')
  JOIN space ON space.oid = c.relnamespace
  UNION ALL
  SELECT 'policy', pg_catalog.format('%s.%s', c.relname, p.polname), 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid
  FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN space ON space.oid = c.relnamespace
  UNION ALL
  SELECT 'exclusion constraint', pg_catalog.format('%s.%s', c.relname, con.conname),
         'pg_catalog.pg_constraint'::pg_catalog.regclass, con.oid
  FROM pg_catalog.pg_constraint AS con JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid
  JOIN space ON space.oid = c.relnamespace WHERE con.contype = 'x' AND con.conparentid = 0
  UNION ALL
  SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' WHEN 'e' THEN 'enum type'
                        ELSE 'composite type' END,
         t.typname::text, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
  FROM pg_catalog.pg_type AS t JOIN space ON space.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  WHERE t.typtype IN ('d', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')
     OR (t.typtype = 'e' AND NOT EXISTS (
           SELECT 1 FROM pg_catalog.pg_attribute AS a
           JOIN pg_catalog.pg_class AS u ON u.oid = a.attrelid AND u.relkind IN ('r', 'p')
           WHERE a.atttypid = t.oid AND NOT a.attisdropped))
  UNION ALL
  SELECT 'domain check', pg_catalog.format('%s: %s %s', t.typname, con.conname, pg_catalog.pg_get_constraintdef(con.oid)),
         'pg_catalog.pg_constraint'::pg_catalog.regclass, con.oid
  FROM pg_catalog.pg_constraint AS con JOIN pg_catalog.pg_type AS t ON t.oid = con.contypid
  JOIN space ON space.oid = t.typnamespace WHERE con.contype = 'c'
  UNION ALL
  SELECT 'collation', co.collname::text, 'pg_catalog.pg_collation'::pg_catalog.regclass, co.oid
  FROM pg_catalog.pg_collation AS co JOIN space ON space.oid = co.collnamespace
  UNION ALL
  SELECT 'extended statistics', st.stxname::text, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, st.oid
  FROM pg_catalog.pg_statistic_ext AS st JOIN space ON space.oid = st.stxnamespace
  UNION ALL
  SELECT 'extension', e.extname::text, 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid
  FROM pg_catalog.pg_extension AS e WHERE e.extname <> 'plpgsql'
  UNION ALL
  SELECT 'event trigger', e.evtname::text, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid
  FROM pg_catalog.pg_event_trigger AS e
  UNION ALL
  SELECT 'publication', p.pubname::text, 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid
  FROM pg_catalog.pg_publication AS p
)
SELECT o.kind, o.name
FROM object AS o
WHERE NOT EXISTS (SELECT 1 FROM member AS m WHERE m.classid = o.classid AND m.objid = o.objid)
ORDER BY o.kind COLLATE "C", o.name COLLATE "C"
