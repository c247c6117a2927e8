-- Foreign keys and check constraints of all tables of a schema (keys come with their indexes).
-- $1::text : schema name. Column lists are JSON arrays. Copies that partitions inherit are left out.
SELECT con.conrelid AS table_oid,
       con.conname AS name,
       con.contype AS kind,
       con.convalidated AS validated,
       -- Of PostgreSQL 18 on: NOT ENFORCED, and foreign keys over a PERIOD.
       COALESCE((pg_catalog.to_jsonb(con) ->> 'conenforced')::bool, true) AS enforced,
       COALESCE((pg_catalog.to_jsonb(con) ->> 'conperiod')::bool, false) AS period,
       con.condeferrable AS deferrable,
       con.condeferred AS initially_deferred,
       CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid) END AS expression,
       con.confrelid AS foreign_oid,
       pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.relname) AS foreign_name,
       con.confupdtype AS on_update,
       con.confdeltype AS on_delete,
       con.confmatchtype = 'f' AS match_full,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
        FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS k (attnum, position)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = k.attnum) AS columns,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
        FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY AS k (attnum, position)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.confrelid AND a.attnum = k.attnum) AS foreign_columns
FROM pg_catalog.pg_constraint AS con
JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS f ON f.oid = con.confrelid
LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND con.contype IN ('f', 'c') AND con.conparentid = 0
ORDER BY con.conrelid, con.conname COLLATE "C"
