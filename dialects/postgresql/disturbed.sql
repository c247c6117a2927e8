-- Tables that were truncated, rewritten or dropped since this transaction's snapshot was taken: the catalog shows the
-- file of then, the function the file of now. Snapshots do not protect rows from such statements.
-- $1::text : schema name.
SELECT c.relname AS name
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'm') AND c.relfilenode <> 0
  AND pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode
ORDER BY c.relname COLLATE "C"
