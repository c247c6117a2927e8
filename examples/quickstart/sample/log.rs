//! What happened after the last clean stop, until the application was killed.

use super::content::{Known, account, customer, order};
use super::domain::VOUCHER;
use super::metadata::describe_entity;
use super::schema::deployment;
use super::store::Store;
use super::value::{Value, cents, escape, insert, text};

/// Work of the runtime and its users; the last of them was cut off in the middle of a line.
pub(crate) fn write(store: &mut Store, known: &Known) -> String {
    store.log = Some(vec!["/*C2*/SET SCHEMA PUBLIC".into()]);
    deploy(store);
    store.statement("/*C3*/SET SCHEMA PUBLIC".into());
    sell(store, known);
    store.statement("/*C4*/SET SCHEMA PUBLIC".into());
    administer(store, known);
    let mut log = store.log.take().unwrap_or_default();
    log.push("/*C5*/SET SCHEMA PUBLIC".into());
    let lost = vec![Value::Int(i64::MAX), Value::Int(1), Value::Int(1), cents(100), Value::Bool(false), Value::Null];
    log.push(insert("sales$orderline", &lost));
    let torn = insert("sales$order", &[Value::Int(i64::MAX), Value::Int(9999), text("never committed")]);
    let lines: String = log.into_iter().flat_map(|line| [line, "\n".into()]).collect();
    format!("{lines}{}", &torn[..torn.len() - 9])
}

/// A new version of the application with one entity more.
fn deploy(store: &mut Store) {
    deployment(&VOUCHER).iter().for_each(|statement| store.statement(escape(statement)));
    store.deploy_voucher();
    let codes = ["WELCOME", "SOMMER-ÖFFNUNG", "春のセール", "🎁-2025"];
    for n in 0..60 {
        let code = format!("{}-{n}", codes[n % 4]);
        let note = if n.is_multiple_of(2) { Value::Null } else { text("line one\r\nline two") };
        store.add("Sales.Voucher", &[("Code", text(code)), ("Discount", cents(500 + n as i64)), ("Note", note)]);
    }
    describe_entity(store, &VOUCHER);
    let (key, now) = (text("4.2"), Value::Time(store.clock));
    store.change("mendixsystem$version", &key, 1, now);
    store.change("mendixsystem$version", &key, 3, text("1.5.0.31"));
    store.commit();
}

/// New customers and orders, and an order that is paid.
fn sell(store: &mut Store, known: &Known) {
    for n in 421..=430 {
        customer(store, n);
    }
    store.commit();
    for _ in 0..40 {
        order(store, known);
        store.commit();
    }
    for paid in known.orders.iter().step_by(50) {
        store.change("sales$order", &Value::Int(*paid), 3, text("Paid"));
    }
    store.commit();
}

/// A new clerk, and a customer who wants to be forgotten and has no orders.
fn administer(store: &mut Store, known: &Known) {
    let clerk = account(store, 18);
    store.link("System.UserRoles", clerk, known.roles[1]);
    store.link("System.User_Language", clerk, known.languages[0]);
    store.commit();
    let has_orders =
        |id: i64, store: &Store| store.tables["sales$order"].iter().any(|row| row.last() == Some(&Value::Int(id)));
    let alone: Vec<i64> = known.customers.iter().copied().filter(|id| !has_orders(*id, store)).take(3).collect();
    for id in alone {
        store.remove("sales$businesscustomer", &Value::Int(id));
        store.remove("sales$customer", &Value::Int(id));
    }
    store.commit();
}
