-- Enum types that columns of a schema use, with their labels in order.
-- $1::text : schema name.
SELECT t.oid,
       t.typname AS name,
       (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid) AS labels
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype = 'e'
  AND (n.nspname = $1
       OR EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a
                  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
                  JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
                  WHERE a.atttypid = t.oid AND cn.nspname = $1))
ORDER BY t.typname COLLATE "C"
