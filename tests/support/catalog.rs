//! Structure of a database by its own catalog: keys, indexes and foreign keys by columns, and a fingerprint.

use super::database::Database;
use super::server::{Family, Kind};
use std::collections::BTreeSet;

const POSTGRESQL_KEYS: &str = "
SELECT concat(CASE WHEN i.indisprimary THEN 'primary key' WHEN i.indisunique THEN 'unique' ELSE 'index' END, ' ', c.relname, ' (',
       (SELECT string_agg(coalesce(a.attname, '<expression>') || CASE WHEN i.indoption[k.n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY k.n)
          FROM unnest(i.indkey) WITH ORDINALITY k(att, n) LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.att AND k.att > 0
         WHERE k.n <= i.indnkeyatts), ')', CASE WHEN i.indpred IS NULL THEN '' ELSE ' partial' END, CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';
SELECT concat('foreign key ', c.relname, ' (', cols.own, ') to ', f.relname, ' (', cols.other, ') delete ', d.confdeltype, ' update ', d.confupdtype,
       CASE WHEN d.convalidated THEN '' ELSE ' NOT VALID' END)
  FROM pg_constraint d JOIN pg_class c ON c.oid = d.conrelid JOIN pg_class f ON f.oid = d.confrelid,
       LATERAL (SELECT string_agg(a.attname, ', ' ORDER BY k.n) own, string_agg(b.attname, ', ' ORDER BY k.n) other
                  FROM unnest(d.conkey, d.confkey) WITH ORDINALITY k(x, y, n)
                  JOIN pg_attribute a ON a.attrelid = d.conrelid AND a.attnum = k.x JOIN pg_attribute b ON b.attrelid = d.confrelid AND b.attnum = k.y) cols
 WHERE d.contype = 'f' AND d.connamespace = 'public'::regnamespace;
SELECT concat('not null ', c.relname, '.', a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped;
SELECT concat('check ', c.relname, ' ', pg_get_constraintdef(d.oid)) FROM pg_constraint d JOIN pg_class c ON c.oid = d.conrelid
 WHERE d.contype = 'c' AND d.connamespace = 'public'::regnamespace;
SELECT concat('sequence ', s.seqrelid::regclass) FROM pg_sequence s WHERE NOT EXISTS (SELECT FROM pg_depend p WHERE p.objid = s.seqrelid AND p.deptype IN ('a', 'i'));
SELECT concat('comment ', c.relname, '.', coalesce(a.attname, ''), ' ', d.description) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';";

const MYSQL_KEYS: &str = "
SELECT CONCAT(CASE WHEN INDEX_NAME = 'PRIMARY' THEN 'primary key' WHEN NON_UNIQUE = 0 THEN 'unique' WHEN INDEX_TYPE = 'FULLTEXT' THEN 'fulltext' ELSE 'index' END, ' ', TABLE_NAME, ' (',
       GROUP_CONCAT(CONCAT(IFNULL(COLUMN_NAME, '<expression>'), IF(COLLATION = 'D', ' desc', ''), IF(SUB_PART IS NULL, '', CONCAT(' prefix ', SUB_PART))) ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')')
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE, INDEX_TYPE;
SELECT CONCAT('foreign key ', k.TABLE_NAME, ' (', GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') to ', k.REFERENCED_TABLE_NAME, ' (',
       GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ') delete ',
       CASE r.DELETE_RULE WHEN 'CASCADE' THEN 'c' WHEN 'SET NULL' THEN 'n' WHEN 'RESTRICT' THEN 'r' ELSE 'a' END, ' update ',
       CASE r.UPDATE_RULE WHEN 'CASCADE' THEN 'c' WHEN 'SET NULL' THEN 'n' WHEN 'RESTRICT' THEN 'r' ELSE 'a' END)
  FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
    ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
 WHERE k.TABLE_SCHEMA = DATABASE() GROUP BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.REFERENCED_TABLE_NAME, r.DELETE_RULE, r.UPDATE_RULE;
SELECT CONCAT('not null ', TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
 WHERE TABLE_SCHEMA = DATABASE() AND IS_NULLABLE = 'NO' AND TABLE_TYPE = 'BASE TABLE';
SELECT CONCAT('check ', t.TABLE_NAME, ' ', c.CHECK_CLAUSE) FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t
    ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME {same_table} WHERE c.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK';
SELECT CONCAT('sequence ', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE';
SELECT CONCAT('comment ', TABLE_NAME, '. ', TABLE_COMMENT) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_COMMENT <> '';
SELECT CONCAT('comment ', TABLE_NAME, '.', COLUMN_NAME, ' ', COLUMN_COMMENT) FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
 WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_COMMENT <> '' AND TABLE_TYPE = 'BASE TABLE';";

/// Keys, indexes, foreign keys, NOT NULLs, checks, sequences and comments, one line each, names of constraints left out.
pub(crate) fn structure(database: &Database) -> BTreeSet<String> {
    // MariaDB names checks per table, MySQL per schema.
    let same_table = if database.server.kind == Kind::MariaDb { "AND t.TABLE_NAME = c.TABLE_NAME" } else { "" };
    let query = match database.family() {
        Family::PostgreSql => POSTGRESQL_KEYS.to_string(),
        Family::MySql => MYSQL_KEYS.replace("{same_table}", same_table),
        Family::Hsqldb => "@STRUCTURE".to_string(),
    };
    database.lines(&query).into_iter().collect()
}

const POSTGRESQL_OBJECTS: &str = "
SELECT relkind, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1;
SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace ORDER BY 1;
SELECT sequencename, last_value FROM pg_sequences ORDER BY 1;
SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_temp|^pg_toast_temp' ORDER BY 1;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 ORDER BY 1, attnum;";

const MYSQL_OBJECTS: &str = "
SELECT TABLE_TYPE, TABLE_NAME, ENGINE, TABLE_COLLATION, IFNULL(AUTO_INCREMENT, 1), CREATE_TIME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME;
SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1, 2, 3;
SELECT TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1, 2;
SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1;
SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1;
SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1;";

/// Everything the catalog says of a database's objects, positions of sequences included: equal before and
/// after means that nothing was touched.
pub(crate) fn fingerprint(database: &Database) -> String {
    let query = match database.family() {
        Family::PostgreSql => POSTGRESQL_OBJECTS.to_string(),
        Family::MySql => {
            // MySQL remembers statistics of tables for a day unless told not to.
            let fresh = match database.server.kind {
                Kind::MySql => "SET SESSION information_schema_stats_expiry = 0;",
                _ => "",
            };
            format!("{fresh}{MYSQL_OBJECTS}")
        }
        Family::Hsqldb => "SCRIPT".to_string(),
    };
    let mut lines = database.lines(&query);
    // Of a script only the structure counts; names and checkpoints of databases are their own.
    let own = ["INSERT INTO ", "SET DATABASE UNIQUE NAME ", "SET FILES CHECK "];
    lines.retain(|line| own.iter().all(|start| !line.starts_with(start)));
    // Servers order names that differ in case only as they like.
    lines.sort();
    lines.join("\n")
}

/// Fails the test when two fingerprints differ, showing the lines that do.
#[track_caller]
pub(crate) fn assert_untouched(what: &str, before: &str, after: &str) {
    let lines = |text: &str| text.lines().map(str::to_string).collect::<BTreeSet<_>>();
    let (old, new) = (lines(before), lines(after));
    let (gone, come): (Vec<_>, Vec<_>) = (old.difference(&new).collect(), new.difference(&old).collect());
    assert!(before == after, "{what} changed: gone {gone:#?}, come {come:#?}");
}
