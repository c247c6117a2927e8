-- How a table's rows lie on disk, for cutting it into chunks.
-- $1::text : schema name. $2::text : table name. $3::text : leading key column, or '' for none. One row.
SELECT am.amname = 'heap' AS heap,
       pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8 AS pages,
       st.correlation,
       CASE WHEN $3::text <> '' THEN pg_catalog.to_jsonb(st.histogram_bounds::text::pg_catalog.int8[]) END AS histogram
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_stats AS st
  ON st.schemaname = n.nspname AND st.tablename = c.relname AND st.attname = $3 AND NOT st.inherited
WHERE n.nspname = $1 AND c.relname = $2
