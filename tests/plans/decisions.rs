//! Decisions that depend on what the data hold, and on the policies in force.

use super::fixtures::{column, not_null, plan_for, plan_with, product, strings};
use super::{mysql, postgresql};
use dbferry::backends::SpliceFormat;
use dbferry::plan::{Canon, ColumnPlan, Decision, Plan};
use dbferry::probe::{Answer, Probe};
use dbferry::schema::{Column, Key, Schema, Table};
use dbferry::types::Type;
use dbferry::{Policies, Severity};

fn find<'p>(plan: &'p Plan, table: &str, name: &str) -> &'p ColumnPlan {
    let table = plan.tables.iter().find(|t| t.source == table).unwrap();
    table.columns.iter().find(|c| c.source == name).unwrap()
}

fn one_table(from: &str, columns: Vec<Column>) -> Schema {
    let table = Table { name: "mod$ent".into(), columns, ..Table::default() };
    Schema { product: product(from), tables: vec![table], ..Schema::default() }
}

fn count(count: u64) -> Option<Answer> {
    Some(Answer { count, keys: vec!["id=2".into()], ..Answer::default() })
}

#[test]
fn tinyint_is_a_boolean_only_if_its_data_say_so() {
    let schema = mysql::schema("MySQL");
    let special = |_: &str, probe: &Probe| match probe {
        Probe::Range { column } if column == "not_a_flag" => {
            Some(Answer { min: Some(0), max: Some(127), ..Answer::default() })
        }
        _ => None,
    };
    let plan = plan_with(&schema, "PostgreSQL", &Policies::default(), &special);
    assert_eq!(find(&plan, "every_type", "flag").target_type, "boolean");
    assert_eq!(find(&plan, "every_type", "not_a_flag").target_type, "smallint");
    assert_eq!(find(&plan, "every_type", "flag").canon, Canon::Int);
}

#[test]
fn zero_dates_need_a_policy() {
    let schema =
        one_table("MySQL", vec![not_null(column("dtz", Type::Timestamp { precision: 0, zone: false }, "datetime"))]);
    let special = |_: &str, probe: &Probe| matches!(probe, Probe::ZeroDate { .. }).then(|| count(1)).flatten();
    let strict = plan_with(&schema, "PostgreSQL", &Policies::default(), &special);
    let error = strict.errors().next().unwrap();
    assert_eq!((error.code, error.object.as_str()), ("zero-date", "mod$ent.dtz"));
    assert!(error.text.contains("1 row") && error.text.contains("id=2"), "{}", error.text);
    assert!(error.help.contains("--policy 'mod$ent.dtz:zero-date=null'"), "{}", error.help);
    let mut policies = Policies::default();
    policies.add("", "zero-date", "null").unwrap();
    let lenient = plan_with(&schema, "PostgreSQL", &policies, &special);
    assert_eq!(lenient.errors().count(), 0);
    assert_eq!(find(&lenient, "mod$ent", "dtz").conversions.len(), 1);
    assert!(!lenient.tables[0].create.sql.contains("NOT NULL"));
    let unneeded = plan_for(&schema, "PostgreSQL", &policies);
    assert!(unneeded.tables[0].create.sql.contains("NOT NULL"));
}

#[test]
fn only_what_the_pair_needs_is_asked() {
    let columns = || {
        vec![
            column("d", Type::Date, "date"),
            column("t", Type::varchar(9), "varchar(9)"),
            column("n", Type::decimal(9, 2), "decimal(9,2)"),
        ]
    };
    let asked = |from: &str, to: &str| {
        let seen = std::cell::RefCell::new(Vec::new());
        plan_with(&one_table(from, columns()), to, &Policies::default(), &|_, probe| {
            seen.borrow_mut().push(format!("{probe:?}").split(' ').next().unwrap().to_string());
            None
        });
        seen.into_inner()
    };
    assert_eq!(asked("MySQL", "PostgreSQL"), ["ZeroDate", "NulText"]);
    assert_eq!(asked("PostgreSQL", "MySQL"), ["DateOutside", "NotFinite"]);
    assert!(asked("MariaDB", "MySQL").is_empty() && asked("PostgreSQL", "PostgreSQL").is_empty());
}

#[test]
fn decimals_without_bounds_follow_their_data() {
    let schema = one_table("PostgreSQL", vec![column("n", Type::Decimal { precision: None, scale: None }, "numeric")]);
    let with = |before: i128, after: i128| {
        let special = move |_: &str, probe: &Probe| {
            matches!(probe, Probe::DecimalDigits { .. }).then(|| Answer {
                min: Some(before),
                max: Some(after),
                ..Answer::default()
            })
        };
        let plan = plan_with(&schema, "MySQL", &Policies::default(), &special);
        find(&plan, "mod$ent", "n").target_type.clone()
    };
    assert_eq!(with(10, 4), "decimal(65,30)");
    assert_eq!(with(60, 4), "decimal(65,4)");
    assert_eq!(with(1, 31), "longtext");
    assert_eq!(with(70, 0), "longtext");
}

#[test]
fn text_keys_are_bounded_by_their_data_or_refused() {
    let mut schema = one_table("PostgreSQL", vec![not_null(column("t", Type::text(), "text"))]);
    schema.tables[0].primary_key = Some(Key::new("pk", strings(&["t"])));
    let with = |longest: i128| {
        let special = move |_: &str, probe: &Probe| {
            matches!(probe, Probe::MaxLength { .. }).then(|| Answer {
                min: Some(longest),
                max: Some(longest),
                ..Answer::default()
            })
        };
        plan_with(&schema, "MariaDB", &Policies::default(), &special)
    };
    assert_eq!(find(&with(700), "mod$ent", "t").target_type, "varchar(768)");
    assert!(with(700).findings.iter().any(|f| f.code == "text-bounded" && f.severity == Severity::Warning));
    assert_eq!(with(769).errors().map(|f| f.code).collect::<Vec<_>>(), ["key-too-long"]);
}

#[test]
fn rows_that_are_too_wide_lose_their_longest_texts() {
    let wide = (0..8).map(|n| column(&format!("c{n}"), Type::varchar(4000 + n), "varchar")).collect();
    let plan = plan_for(&one_table("PostgreSQL", wide), "MySQL", &Policies::default());
    let types: Vec<_> = plan.tables[0].columns.iter().map(|c| c.target_type.as_str()).collect();
    assert_eq!(types.iter().filter(|ty| **ty == "mediumtext").count(), 4, "{types:?}");
    assert_eq!(types[0], "varchar(4000)");
    assert_eq!(plan.errors().count(), 0);
}

#[test]
fn pages_hold_only_so_many_columns() {
    let errors = |n: usize, ty: Type, target: &str| {
        let columns = (0..n).map(|n| column(&format!("c{n}"), ty.clone(), "text")).collect();
        plan_for(&one_table("PostgreSQL", columns), target, &Policies::default()).errors().count()
    };
    assert_eq!((errors(196, Type::text(), "MySQL"), errors(200, Type::text(), "MySQL")), (0, 1));
    assert_eq!((errors(380, Type::text(), "MariaDB"), errors(400, Type::text(), "MariaDB")), (0, 1));
    assert_eq!(errors(190, Type::varchar(30), "MariaDB"), 0, "short texts move out of the row");
}

#[test]
fn equal_postgresql_servers_splice() {
    let plan = plan_for(&postgresql::schema(), "PostgreSQL", &Policies::default());
    let splice = |name: &str| plan.tables.iter().find(|t| t.source == name).unwrap().read.splice;
    assert_eq!(splice("order"), Some(SpliceFormat::Binary));
    assert_eq!(splice("every_type"), Some(SpliceFormat::Text));
    let customer = plan.tables.iter().find(|t| t.source == "customer").unwrap();
    assert_eq!(customer.read.columns.len(), 5, "generated columns are not copied");
    let other = plan_for(&postgresql::schema(), "MySQL", &Policies::default());
    assert!(other.tables.iter().all(|table| table.read.splice.is_none() && table.read.key_order));
}

#[test]
fn both_ends_have_the_same_columns() {
    for schema in [postgresql::schema(), mysql::schema("MySQL"), mysql::schema("MariaDB")] {
        for target in ["PostgreSQL", "MySQL", "MariaDB", "HSQLDB", "memory"] {
            for table in plan_for(&schema, target, &Policies::default()).tables {
                let n = table.columns.len();
                assert_eq!(
                    (table.read.columns.len(), table.write.columns.len(), table.read_back.columns.len()),
                    (n, n, n)
                );
                assert_eq!(table.read.key.len(), table.read_back.key.len(), "{}", table.source);
            }
        }
    }
}

#[test]
fn foreign_keys_have_the_type_of_what_they_reference() {
    let plan = plan_for(&mysql::schema("MySQL"), "PostgreSQL", &Policies::default());
    assert_eq!(find(&plan, "shop", "id").target_type, "bigint");
    assert_eq!(find(&plan, "item", "shop").target_type, "bigint");
    assert_eq!(find(&plan, "every_type", "huge").target_type, "numeric(20,0)");
    let plan = plan_for(&postgresql::schema(), "MySQL", &Policies::default());
    assert_eq!(find(&plan, "order", "customer").target_type, "bigint");
    assert!(matches!(find(&plan, "order", "customer").decision, Decision::Widened(_)));
}

#[test]
fn system_columns_of_postgresql_are_renamed() {
    let schema = one_table("MySQL", vec![column("xmin", Type::int(4), "int"), column("ctid", Type::int(4), "int")]);
    let plan = plan_for(&schema, "PostgreSQL", &Policies::default());
    assert_eq!(plan.renames.len(), 2);
    assert!(find(&plan, "mod$ent", "xmin").target.starts_with("xmin_"));
    assert_eq!(plan_for(&schema, "MariaDB", &Policies::default()).renames.len(), 0);
}

#[test]
fn types_of_users_become_text_between_postgresql_servers() {
    let native = |name: &str| Type::Native { name: name.into(), binary_portable: false };
    let columns = vec![column("a", native("address"), "address"), column("i", native("inet[]"), "inet[]")];
    let plan = plan_for(&one_table("PostgreSQL", columns), "PostgreSQL", &Policies::default());
    assert_eq!(find(&plan, "mod$ent", "a").target_type, "text");
    assert_eq!(find(&plan, "mod$ent", "i").target_type, "inet[]");
    assert_eq!(plan.tables[0].read.splice, Some(SpliceFormat::Text));
    assert!(plan.findings.iter().any(|finding| finding.code == "type-as-text"));
}

#[test]
fn durations_become_intervals() {
    let time = Type::Time { precision: 0, zone: false, duration: true };
    let plan = plan_for(&one_table("MySQL", vec![column("t", time, "time")]), "PostgreSQL", &Policies::default());
    assert_eq!(
        (plan.tables[0].write.columns[0].ty.clone(), plan.tables[0].columns[0].canon),
        (Type::Interval, Canon::Time)
    );
}

#[test]
fn rows_of_hsqldb_hold_the_values_of_generated_columns() {
    let plan = plan_for(&postgresql::schema(), "HSQLDB", &Policies::default());
    let customer = plan.tables.iter().find(|t| t.source == "customer").unwrap();
    assert!(customer.create.sql.contains("GENERATED ALWAYS AS") && !customer.create.sql.contains("STORED"));
    assert_eq!(customer.read.columns.len(), 7, "a script states every column");
}

#[test]
fn numbers_that_are_none_depend_on_the_type() {
    let columns =
        vec![column("f", Type::Float { bytes: 8 }, "float8"), column("d", Type::decimal(9, 2), "numeric(9,2)")];
    let special = |_: &str, probe: &Probe| matches!(probe, Probe::NotFinite { .. }).then(|| count(1)).flatten();
    let refused = |target: &str| {
        let plan = plan_with(&one_table("PostgreSQL", columns.clone()), target, &Policies::default(), &special);
        plan.errors().map(|f| f.object.clone()).collect::<Vec<_>>()
    };
    assert_eq!(refused("HSQLDB"), ["mod$ent.d"]);
    assert_eq!(refused("MySQL"), ["mod$ent.f", "mod$ent.d"]);
}

#[test]
fn zero_dates_of_one_product_are_none_of_another() {
    let special = |_: &str, probe: &Probe| matches!(probe, Probe::ZeroDate { .. }).then(|| count(1)).flatten();
    let refused = |source: &str, target: &str| {
        let schema = one_table(source, vec![column("d", Type::Date, "date")]);
        plan_with(&schema, target, &Policies::default(), &special).errors().map(|f| f.text.clone()).collect::<String>()
    };
    assert!(refused("MySQL", "HSQLDB").contains("zero year"));
    assert!(refused("HSQLDB", "MySQL").contains("Julian"));
    assert_eq!(refused("HSQLDB", "HSQLDB"), "");
}
