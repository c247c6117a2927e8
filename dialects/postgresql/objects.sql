-- Objects of extensions, and of users where indexes can need them, as the session's statements can name them: what a
-- definition that is copied word for word may speak of. Enums of users are left out: they are created on the target.
WITH object (class, oid, what) AS (
  SELECT 'pg_type', t.oid, 'type ' || pg_catalog.format_type(t.oid, NULL)
  FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
  WHERE t.oid >= 16384 AND (t.typtype IN ('d', 'r', 'm') OR (t.typtype = 'c' AND c.relkind = 'c')
                            OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                                       WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
                                         AND d.deptype = 'e'))
  UNION ALL
  SELECT 'pg_proc', p.oid, 'function ' || p.oid::pg_catalog.regprocedure::text
  FROM pg_catalog.pg_proc AS p WHERE p.oid >= 16384
  UNION ALL
  SELECT 'pg_operator', o.oid, 'operator ' || o.oid::pg_catalog.regoperator::text
  FROM pg_catalog.pg_operator AS o WHERE o.oid >= 16384
  UNION ALL
  SELECT 'pg_opclass', o.oid,
         'operator class ' || CASE WHEN pg_catalog.pg_opclass_is_visible(o.oid) THEN ''
                                   ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(o.opcname)
  FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.opcnamespace
  WHERE o.oid >= 16384
  UNION ALL
  SELECT 'pg_collation', c.oid,
         'collation ' || CASE WHEN pg_catalog.pg_collation_is_visible(c.oid) THEN ''
                              ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(c.collname)
  FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
  WHERE c.oid >= 16384
  UNION ALL
  SELECT 'pg_ts_config', c.oid, 'text search configuration ' || c.oid::pg_catalog.regconfig::text
  FROM pg_catalog.pg_ts_config AS c WHERE c.oid >= 16384
  UNION ALL
  SELECT 'pg_extension', x.oid, 'extension ' || x.extname FROM pg_catalog.pg_extension AS x
  UNION ALL
  SELECT 'pg_am', a.oid, 'access method ' || pg_catalog.quote_ident(a.amname)
  FROM pg_catalog.pg_am AS a WHERE a.oid >= 16384
)
SELECT o.class, o.oid, o.what, e.extname AS extension
FROM object AS o
LEFT JOIN pg_catalog.pg_depend AS d
  ON d.classid = ('pg_catalog.' || o.class)::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
WHERE $1 <> ''
