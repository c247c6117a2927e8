-- Columns of all tables of a schema, in order; domains are resolved to their base types.
-- $1::text : schema name.
WITH RECURSIVE chain (domain, type, typmod, not_null, default_text) AS (
  SELECT t.oid, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault
  FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd'
  UNION ALL
  SELECT chain.domain, t.typbasetype, t.typtypmod, chain.not_null OR t.typnotnull,
         COALESCE(chain.default_text, t.typdefault)
  FROM chain JOIN pg_catalog.pg_type AS t ON t.oid = chain.type AND t.typtype = 'd'
)
SELECT a.attrelid AS table_oid,
       a.attname AS name,
       pg_catalog.format_type(base.oid, COALESCE(chain.typmod, a.atttypmod)) AS native,
       CASE WHEN declared.typtype = 'd' THEN pg_catalog.format_type(a.atttypid, NULL) END AS domain,
       base.oid AS type_oid,
       COALESCE(element.oid, base.oid) AS element_oid,
       base.typname AS type,
       base.typtype AS type_kind,
       base.oid < 16384 AS builtin,
       COALESCE(chain.typmod, a.atttypmod) AS typmod,
       -- OIDs from 16384 on are given by each server itself, and names of objects travel as OIDs.
       COALESCE(element.oid, base.oid) < 16384
         AND COALESCE(element.typtype, base.typtype) IN ('b', 'r', 'm')
         AND COALESCE(element.typsend, base.typsend)::oid <> 0
         AND COALESCE(element.typname, base.typname) NOT LIKE 'reg%'
         -- The server refuses to read back an empty query in the binary form that it wrote.
         AND COALESCE(element.typname, base.typname) <> 'tsquery' AS binary_portable,
       -- PostgreSQL 18 marks a column also when it did not look at the rows (NOT VALID).
       (a.attnotnull AND unchecked.conname IS NULL) OR COALESCE(chain.not_null, false) AS not_null,
       unchecked.conname AS unchecked_not_null,
       CASE WHEN a.attgenerated = '' THEN
         COALESCE(pg_catalog.pg_get_expr(def.adbin, def.adrelid), chain.default_text) END AS default_text,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(def.adbin, def.adrelid) END AS generated,
       a.attgenerated = 's' AS stored,
       co.collname AS collation,
       co.collisdeterministic AS deterministic,
       COALESCE(pg_catalog.to_jsonb(co) ->> 'colllocale', pg_catalog.to_jsonb(co) ->> 'colliculocale',
                co.collcollate::text) AS collation_locale,
       (SELECT db.datcollate FROM pg_catalog.pg_database AS db
        WHERE db.datname = pg_catalog.current_database()) AS database_collation,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type AS declared ON declared.oid = a.atttypid
LEFT JOIN (chain JOIN pg_catalog.pg_type AS last ON last.oid = chain.type AND last.typtype <> 'd')
  ON chain.domain = declared.oid
JOIN pg_catalog.pg_type AS base ON base.oid = COALESCE(chain.type, declared.oid)
LEFT JOIN pg_catalog.pg_type AS element ON element.oid = base.typelem AND base.typcategory = 'A'
LEFT JOIN pg_catalog.pg_attrdef AS def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
LEFT JOIN pg_catalog.pg_constraint AS unchecked
  ON unchecked.conrelid = a.attrelid AND unchecked.contype = 'n' AND NOT unchecked.convalidated
     AND unchecked.conkey[1] = a.attnum
LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
