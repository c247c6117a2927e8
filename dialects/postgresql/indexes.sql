-- Indexes of all tables of a schema, those behind primary keys, unique and exclusion constraints included.
-- $1::text : schema name. Column lists are JSON arrays; parts carry column or expression, and their options.
SELECT i.indrelid AS table_oid,
       ic.relname AS name,
       i.indisunique AS is_unique,
       i.indisvalid AS valid,
       con.contype AS constraint_kind,
       COALESCE(con.condeferrable, false) AS deferrable,
       COALESCE(con.condeferred, false) AS initially_deferred,
       COALESCE((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS nulls_collide,
       -- WITHOUT OVERLAPS, of PostgreSQL 18 on.
       COALESCE((pg_catalog.to_jsonb(con) ->> 'conperiod')::bool, false) AS period,
       am.amname AS method,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       -- The statement without the schema, so that it fits any: what follows the table's name is kept.
       pg_catalog.format('CREATE %sINDEX %I ON %I', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
                         ic.relname, c.relname)
         || pg_catalog.substr(
              pg_catalog.pg_get_indexdef(i.indexrelid),
              1 + pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %s%I.%I',
                CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, ic.relname,
                CASE WHEN ic.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, c.relname))) AS definition,
       -- What its definition names and the product has not built in. A default operator class goes unsaid, and
       -- B-trees and hashes have one for every type that its column may become.
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(d.refclassid::pg_catalog.regclass::text, d.refobjid::text))
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid AND d.refobjid >= 16384
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_opclass AS own
                          WHERE d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND own.oid = d.refobjid
                            AND own.opcdefault AND am.amname IN ('btree', 'hash'))) AS needs,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'column', CASE WHEN i.indkey[k - 1] <> 0 THEN a.attname END,
                 'expression', CASE WHEN i.indkey[k - 1] = 0
                                    THEN pg_catalog.pg_get_indexdef(i.indexrelid, k, false) END,
                 'descending', i.indoption[k - 1] & 1 = 1,
                 'nulls_first', i.indoption[k - 1] & 2 = 2,
                 'plain', op.opcdefault AND (i.indkey[k - 1] = 0 OR i.indcollation[k - 1] = a.attcollation))
               ORDER BY k)
        FROM pg_catalog.generate_series(1, i.indnkeyatts::int) AS k
        JOIN pg_catalog.pg_opclass AS op ON op.oid = i.indclass[k - 1]
        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]) AS parts,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k)
        FROM pg_catalog.generate_series(i.indnkeyatts::int + 1, i.indnatts::int) AS k
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]) AS include
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_constraint AS con
  ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND i.indislive
ORDER BY i.indrelid, ic.relname COLLATE "C"
