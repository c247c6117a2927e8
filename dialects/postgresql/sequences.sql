-- Sequences of a schema with the column that owns them, and what the session may read of them.
-- $1::text : schema name. owner_kind: i identity column, a OWNED BY (serial).
SELECT s.seqrelid AS oid,
       c.relname AS name,
       CASE s.seqtypid WHEN 'int2'::pg_catalog.regtype THEN 2 WHEN 'int4'::pg_catalog.regtype THEN 4 ELSE 8 END AS bytes,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS min,
       s.seqmax AS max,
       s.seqcycle AS cycle,
       s.seqcache AS cache,
       own.refobjid AS table_oid,
       a.attname AS column,
       own.deptype AS owner_kind,
       a.attidentity = 'a' AS always,
       -- The column's default is nothing but this sequence's next value.
       COALESCE(pg_catalog.pg_get_expr(def.adbin, def.adrelid) LIKE 'nextval(%::regclass)'
                AND uses.objid IS NOT NULL, false) AS is_default,
       pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT') AS can_select,
       CASE WHEN pg_catalog.has_sequence_privilege(s.seqrelid, 'USAGE')
            THEN pg_catalog.pg_sequence_last_value(s.seqrelid) END AS last_value,
       pg_catalog.has_sequence_privilege(s.seqrelid, 'USAGE') AS can_use
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend AS own
  ON own.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND own.objid = s.seqrelid
     AND own.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND own.refobjsubid > 0
     AND own.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = own.refobjid AND a.attnum = own.refobjsubid
LEFT JOIN pg_catalog.pg_attrdef AS def ON def.adrelid = own.refobjid AND def.adnum = own.refobjsubid
LEFT JOIN pg_catalog.pg_depend AS uses
  ON uses.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND uses.objid = def.oid
     AND uses.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND uses.refobjid = s.seqrelid
WHERE n.nspname = $1
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname COLLATE "C"
