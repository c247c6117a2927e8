//! Statements that drop what a target holds.

use super::Dialect;
use crate::backends::TargetInfo;
use crate::plan::Statement;
use crate::schema::OtherObject;

/// Order in which kinds of objects are dropped, and the word after `DROP`.
const KINDS: &[(&str, &str)] = &[
    ("materialized view", "MATERIALIZED VIEW"),
    ("view", "VIEW"),
    ("foreign table", "FOREIGN TABLE"),
    ("table", "TABLE"),
    ("sequence", "SEQUENCE"),
    ("type", "TYPE"),
    ("enum", "TYPE"),
    ("domain", "DOMAIN"),
    ("event", "EVENT"),
];

/// Statements that empty a target of tables, views, sequences and types. Routines and whatever else has no
/// plain name to drop it by is left to its owner.
pub(crate) fn drop_statements(dialect: &Dialect, target: &TargetInfo, objects: &[OtherObject]) -> Vec<Statement> {
    let cascade = &dialect.tables.drop_cascade;
    let tables = objects.iter().any(|object| object.kind == "table");
    let unchecked = cascade.is_empty() && dialect.parser == "mysql" && tables;
    let session = |value: u8| Statement {
        object: "foreign key checks of the session".into(),
        sql: format!("SET SESSION foreign_key_checks = {value}"),
    };
    let mut statements = Vec::new();
    statements.extend(unchecked.then(|| session(0)));
    for (kind, word) in KINDS {
        for object in objects.iter().filter(|object| object.kind == *kind) {
            let name = dialect.qualified(target.namespace.as_deref(), &object.name);
            let sql = format!("DROP {word} IF EXISTS {name}{cascade}");
            statements.push(Statement { object: format!("{kind} {}", dialect.quote(&object.name)), sql });
        }
    }
    statements.extend(unchecked.then(|| session(1)));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    fn object(kind: &str, name: &str) -> OtherObject {
        OtherObject { kind: kind.into(), name: name.into() }
    }

    #[test]
    fn tables_go_whatever_references_them() {
        let objects = [object("table", "a`\"b"), object("view", "v"), object("function", "f")];
        let sql = |name: &str, namespace: Option<&str>| {
            let target = TargetInfo { namespace: namespace.map(str::to_string), ..TargetInfo::default() };
            let statements = drop_statements(load(name).unwrap(), &target, &objects);
            statements.into_iter().map(|statement| statement.sql).collect::<Vec<_>>()
        };
        assert_eq!(
            sql("postgresql", Some("public")),
            [r#"DROP VIEW IF EXISTS "public"."v" CASCADE"#, r#"DROP TABLE IF EXISTS "public"."a`""b" CASCADE"#]
        );
        assert_eq!(
            sql("mysql", None),
            [
                "SET SESSION foreign_key_checks = 0",
                "DROP VIEW IF EXISTS `v`",
                "DROP TABLE IF EXISTS `a``\"b`",
                "SET SESSION foreign_key_checks = 1",
            ]
        );
    }
}
