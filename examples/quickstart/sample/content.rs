//! The objects of the sample.

use super::random::Random;
use super::store::Store;
use super::value::{Value, cents, text};
use super::words::{CATEGORIES, COMPANIES, LONG, PEOPLE, PRODUCTS, REMARKS};

const DAY: i64 = 86_400_000;

/// Identifiers of what other objects refer to.
pub(crate) struct Known {
    pub(crate) roles: Vec<i64>,
    pub(crate) languages: Vec<i64>,
    pub(crate) customers: Vec<i64>,
    pub(crate) products: Vec<i64>,
    pub(crate) orders: Vec<i64>,
}

/// Fills the database.
pub(crate) fn fill(store: &mut Store) -> Known {
    let (roles, languages) = accounts(store);
    let products = catalogue(store);
    let customers = (1..=420).map(|n| customer(store, n)).collect();
    let mut known = Known { roles, languages, customers, products, orders: Vec::new() };
    for n in 1..=760 {
        let order = order(store, &known);
        known.orders.push(order);
        papers(store, order, n);
    }
    changes(store);
    known
}

/// Users, what they may do and which language they speak.
fn accounts(store: &mut Store) -> (Vec<i64>, Vec<i64>) {
    let languages =
        [("en_US", "English, United States"), ("nl_NL", "Dutch, Netherlands"), ("ja_JP", "Japanese, Japan (日本語)")];
    let languages: Vec<i64> = languages
        .map(|(code, name)| store.add("System.Language", &[("Code", text(code)), ("Description", text(name))]))
        .to_vec();
    let roles: Vec<i64> = ["Administrator", "Clerk", "Customer"]
        .map(|name| {
            let model = text(super::random::guid(name));
            store.add("System.UserRole", &[("ModelGUID", model), ("Name", text(name)), ("Description", text(""))])
        })
        .to_vec();
    roles.iter().for_each(|role| store.link("System.grantableRoles", roles[0], *role));
    for n in 0..18 {
        let user = account(store, n);
        store.link("System.UserRoles", user, roles[usize::from(n > 0)]);
        if n.is_multiple_of(5) {
            store.link("System.UserRoles", user, roles[2]);
        }
        store.link("System.User_Language", user, languages[n % 3]);
        if n == 0 {
            store.owner = Value::Int(user);
        }
    }
    (roles, languages)
}

/// A user with a hashed password (of no known text).
pub(crate) fn account(store: &mut Store, n: usize) -> i64 {
    let login = if n == 0 { "MxAdmin".to_string() } else { format!("user{n}") };
    let hash = store.random.bytes(26).iter().map(|b| char::from(b'a' + b % 26)).collect::<String>();
    let last = if n % 4 == 3 { Value::Null } else { Value::Time(store.clock + n as i64 * DAY) };
    store.add(
        "Administration.Account",
        &[
            ("Name", text(&login)),
            ("Password", text(format!("{{BCrypt}}$2a$10${hash}{hash}x"))),
            ("LastLogin", last),
            ("FailedLogins", Value::Int((n % 3) as i64)),
            ("FullName", text(PEOPLE[n % PEOPLE.len()])),
            ("Email", text(format!("{}@example.org", login.to_lowercase()))),
        ],
    )
}

/// Categories in a tree, and products in up to three of them.
fn catalogue(store: &mut Store) -> Vec<i64> {
    let mut categories = Vec::new();
    for n in 0..30 {
        let name = format!("{}{}", CATEGORIES[n % 10], if n < 10 { String::new() } else { format!(" {n}") });
        let category = store.add("Sales.Category", &[("Name", text(name)), ("Position", Value::Int(n as i64))]);
        if n >= 10 {
            store.link("Sales.Category_Parent", category, categories[n % 10]);
        }
        categories.push(category);
    }
    let products: Vec<i64> = (0..240).map(|n| product(store, n)).collect();
    for product in &products {
        for _ in 0..1 + store.random.below(3) {
            let category = *store.random.of(&categories);
            store.link("Sales.Product_Category", *product, category);
        }
    }
    products.iter().step_by(4).for_each(|product| photo(store, *product));
    products
}

fn product(store: &mut Store, n: usize) -> i64 {
    let description = match n % 6 {
        0 => Value::Null,
        1 => text(LONG.repeat(1 + n % 9)),
        _ => text(REMARKS[n % REMARKS.len()]),
    };
    let sheet = match n % 8 {
        0 => Value::Bytes(store.random.bytes(n % 50)),
        1 => Value::Bytes(Vec::new()),
        _ => Value::Null,
    };
    let barcode = [i64::MAX, i64::MIN + 1, 0, -1].get(n).copied().unwrap_or(8_700_000_000_000 + n as i64 * 7919);
    let stock = [i64::from(i32::MAX), i64::from(i32::MIN), 0].get(n).copied().unwrap_or(store.random.below(500) as i64);
    let price = 99 + store.random.below(50_000) as i64;
    store.add(
        "Sales.Product",
        &[
            ("SKU", text(format!("SKU-{n:05}"))),
            ("Name", text(format!("{} {}", PRODUCTS[n % PRODUCTS.len()], n / PRODUCTS.len() + 1))),
            ("Description", description),
            ("Price", cents(price)),
            ("Barcode", Value::Int(barcode)),
            ("Stock", Value::Int(stock)),
            ("Discontinued", Value::Bool(n.is_multiple_of(11))),
            (
                "AvailableFrom",
                if n.is_multiple_of(7) { Value::Null } else { Value::Time(store.clock - n as i64 * DAY) },
            ),
            ("DataSheet", sheet),
        ],
    )
}

fn photo(store: &mut Store, product: i64) {
    let file = file(&mut store.random, "photo.png");
    let mut values = file.to_vec();
    values.push(("Caption", text(*store.random.of(PRODUCTS))));
    values.push(("Sales.ProductPhoto_Product", Value::Int(product)));
    store.add("Sales.ProductPhoto", &values);
}

/// What a file document says of its file, which lies beside the database.
fn file(random: &mut Random, name: &str) -> [(&'static str, Value); 5] {
    [
        ("Name", text(name)),
        ("DeleteAfterDownload", Value::Bool(false)),
        ("HasContents", Value::Bool(true)),
        ("Size", Value::Int(1000 + random.below(90_000) as i64)),
        ("__UUID__", text(random.uuid())),
    ]
}

/// A person, or every third time a company.
pub(crate) fn customer(store: &mut Store, n: usize) -> i64 {
    let extremes = ["12345678901234567890.12345678", "-12345678901234567890.12345678", "0.00000001", "0.00000000"];
    let credit = extremes.get(n).map_or_else(|| cents(n as i64 * 1250), |digits| Value::Decimal((*digits).into()));
    let birth = [-62_135_596_800_000, 253_402_300_799_999, -1, 0].get(n).copied().unwrap_or(-(n as i64) * 31 * DAY);
    let segment = ["Consumer", "Business", "Reseller", "Institution"][n % 4];
    let mut values = vec![
        ("Name", text(*store.random.of(PEOPLE))),
        ("Email", text(format!("customer{n}@{}", if n.is_multiple_of(9) { "exämple.org" } else { "example.org" }))),
        ("Segment", if n.is_multiple_of(13) { Value::Null } else { text(segment) }),
        ("CreditLimit", credit),
        ("LoyaltyPoints", Value::Int(store.random.below(1 << 40) as i64)),
        ("Visits", Value::Int(store.random.below(90) as i64)),
        ("Active", if n.is_multiple_of(17) { Value::Null } else { Value::Bool(!n.is_multiple_of(5)) }),
        ("BirthDate", Value::Time(birth)),
        ("PinCode", text(format!("{{SHA256}}{}", store.random.uuid().replace('-', "")))),
        ("Notes", if n.is_multiple_of(3) { Value::Null } else { text(*store.random.of(REMARKS)) }),
    ];
    if !n.is_multiple_of(3) {
        return store.add("Sales.Customer", &values);
    }
    values[0].1 = text(*store.random.of(COMPANIES));
    values.push(("VATNumber", text(format!("NL{:09}B01", n * 7919))));
    values.push(("Employees", Value::Int(1 + n as i64 * 3)));
    values.push(("AnnualTurnover", cents(n as i64 * 98_765_432)));
    store.add("Sales.BusinessCustomer", &values)
}

/// An order with its lines.
pub(crate) fn order(store: &mut Store, known: &Known) -> i64 {
    let customer = *store.random.of(&known.customers);
    let status = *store.random.of(&["Open", "Paid", "Shipped", "Cancelled"]);
    let count = 1 + store.random.below(4);
    let lines: Vec<(i64, i64, i64)> = (0..count).map(|_| order_line(&mut store.random, &known.products)).collect();
    let remark = if store.random.once_in(3) { text(*store.random.of(REMARKS)) } else { Value::Null };
    let order = store.add(
        "Sales.Order",
        &[
            ("OrderDate", Value::Time(store.clock)),
            ("Status", text(status)),
            ("Total", cents(lines.iter().map(|(_, quantity, price)| quantity * price).sum())),
            ("Remark", remark),
            ("Sales.Order_Customer", Value::Int(customer)),
        ],
    );
    for (n, (product, quantity, price)) in lines.into_iter().enumerate() {
        let line = store.add(
            "Sales.OrderLine",
            &[
                ("Position", Value::Int(n as i64 + 1)),
                ("Quantity", Value::Int(quantity)),
                ("Price", cents(price)),
                ("Sales.OrderLine_Product", Value::Int(product)),
            ],
        );
        store.link("Sales.OrderLine_Order", line, order);
    }
    order
}

/// Product, quantity and price.
fn order_line(random: &mut Random, products: &[i64]) -> (i64, i64, i64) {
    (*random.of(products), 1 + random.below(9) as i64, 99 + random.below(9000) as i64)
}

/// The invoice and shipment that every other order has.
fn papers(store: &mut Store, order: i64, n: usize) {
    if n.is_multiple_of(3) {
        let mut values = file(&mut store.random, &format!("Rechnung Nº {n} – größe.pdf")).to_vec();
        values.push(("Paid", Value::Bool(n.is_multiple_of(2))));
        values.push(("Sales.Invoice_Order", Value::Int(order)));
        store.add("Sales.Invoice", &values);
    }
    if n.is_multiple_of(4) {
        let weight = Value::Decimal(format!("{}.{:03}00000", n % 40, n * 37 % 1000));
        let tracking = store.random.uuid()[..13].to_uppercase();
        let carrier = *store.random.of(&["Post", "Truck", "Drone"]);
        store.add(
            "Warehouse.Shipment",
            &[
                ("TrackingCode", text(tracking)),
                ("Weight", weight),
                ("ShippedOn", Value::Time(store.clock)),
                ("Carrier", text(carrier)),
                ("Warehouse.Shipment_Order", Value::Int(order)),
            ],
        );
    }
}

/// Events for whoever follows the data's changes.
fn changes(store: &mut Store) {
    for n in 0..25 {
        let data = format!("{{\"entity\":\"Sales.Order\",\"remark\":\"{}\"}}", PRODUCTS[n % PRODUCTS.len()]);
        let (transaction, execution) = (store.random.uuid(), store.random.uuid());
        let time = Value::Time(store.clock - (25 - n as i64) * 1000);
        let row =
            vec![Value::Int(n as i64), time, Value::Int(n as i64 % 3), text(data), text(transaction), text(execution)];
        store.row("mendixsystem$data_change_event", row);
    }
}
