//! Made-up reports: a shop of ten tables, many small tables, and one where every name is hostile.

use dbferry::error::Step;
use dbferry::event::Work;
use dbferry::finding::Finding;
use dbferry::plan::{Decision, Rename};
use dbferry::report::{
    ColumnReport, Converted, Place, Position, Report, Span, StepTime, TableComparison, TableReport, Verdict,
    VerifyReport,
};
use dbferry::schema::{OtherObject, Product};

const SHOP: [(&str, u64, u64); 10] = [
    ("shop$orderline", 2_000_000, 118),
    ("shop$order", 600_000, 164),
    ("shop$order_customer", 600_000, 16),
    ("system$filedocument", 300_000, 412),
    ("shop$customer", 250_000, 231),
    ("shop$product", 120_000, 380),
    ("administration$account", 100_000, 96),
    ("shop$stock_movement_of_warehouse_and_location", 80_000, 140),
    ("system$session", 29_980, 310),
    ("shop$country", 20, 64),
];

fn place(name: &str, product: &str, version: &str, protection: &str) -> Place {
    let product = Product { name: product.into(), version: version.into(), numbers: (0, 0, 0) };
    Place { name: name.into(), product, protection: protection.into() }
}

fn table(name: &str, rows: u64, row_bytes: u64, speed: f64) -> TableReport {
    let seconds = rows as f64 / speed + 0.01;
    TableReport {
        source: name.into(),
        target: name.into(),
        rows,
        bytes: rows * row_bytes,
        seconds,
        index_seconds: seconds * 0.31,
        verify_seconds: seconds * 0.42,
        verified: Verdict::Equal,
        columns: Vec::new(),
    }
}

/// Puts the work of all tables on the lanes, each piece on the lane that is free first.
fn timeline(tables: &[TableReport], lanes: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut free = vec![0.35_f64; lanes];
    for (work, chunk) in [(Work::Copy, 0.25), (Work::Index, f64::MAX), (Work::Verify, 0.5)] {
        for table in tables {
            let mut left = match work {
                Work::Copy => table.seconds,
                Work::Index => table.index_seconds,
                Work::Verify => table.verify_seconds,
            };
            while left > 0.0 {
                let lane = (0..lanes).min_by(|a, b| free[*a].total_cmp(&free[*b])).unwrap();
                let (from, to) = (free[lane], free[lane] + left.min(chunk));
                left -= chunk;
                free[lane] = to + 0.002;
                spans.push(Span { lane: lane as u32 + 1, table: table.source.clone(), work, from, to });
            }
        }
        let end = free.iter().copied().fold(0.0, f64::max);
        free.fill(end + 0.02);
    }
    spans
}

fn phase(timeline: &[Span], work: Work) -> f64 {
    let of = timeline.iter().filter(|s| s.work == work);
    of.clone().map(|s| s.to).fold(0.0, f64::max) - of.map(|s| s.from).fold(f64::MAX, f64::min)
}

fn run(tables: Vec<TableReport>, lanes: usize) -> Report {
    let timeline = timeline(&tables, lanes);
    let times = [
        (Step::Settings, 0.002),
        (Step::Connect, 0.041),
        (Step::Introspect, 0.187),
        (Step::Plan, 0.012),
        (Step::Guard, 0.009),
        (Step::Create, 0.062),
        (Step::Transfer, phase(&timeline, Work::Copy)),
        (Step::Finish, phase(&timeline, Work::Index)),
        (Step::Verify, phase(&timeline, Work::Verify)),
        (Step::Report, 0.021),
    ];
    Report {
        version: "0.1.0".into(),
        started: "2026-03-01T09:30:00Z".into(),
        seconds: times.iter().map(|(_, s)| s).sum(),
        exit: 0,
        source: place("db1.example:3306/shop", "MariaDB", "10.11.14", "TLS 1.3, verified"),
        target: place("localhost:5432/shop", "PostgreSQL", "15.14", "plain"),
        snapshot: Some("binlog.000042:18233 (GTID 0-1-88211)".into()),
        lanes: lanes as u32,
        verification: "checksum".into(),
        steps: times.map(|(step, seconds)| StepTime { step, seconds }).into(),
        objects_built: tables.len() as u64 * 3 + 1,
        tables,
        timeline,
        ..Report::default()
    }
}

/// Ten tables on two lanes, with a bit of everything to tell.
pub(super) fn shop() -> Report {
    let mut report = run(SHOP.iter().map(|(name, rows, bytes)| table(name, *rows, *bytes, 480_000.0)).collect(), 2);
    let column = |name: &str, from: &str, to: &str, decision| ColumnReport {
        column: name.into(),
        from: from.into(),
        to: to.into(),
        decision,
    };
    report.tables[0].columns = vec![
        column("quantity", "int(10) unsigned", "bigint", Decision::Widened("unsigned values exceed integer".into())),
        column("gift", "tinyint(1)", "boolean", Decision::Mapped("only 0, 1 and NULL occur".into())),
    ];
    report.tables[1].columns = vec![column(
        "delivered",
        "datetime(6)",
        "timestamp",
        Decision::Converted("zero-date null, the column becomes nullable where it was not before".into()),
    )];
    report.tables[7].target = "shop$stock_movement_of_warehouse_and_loc_4f1c".into();
    report.renames = vec![Rename {
        kind: "table",
        table: String::new(),
        from: report.tables[7].source.clone(),
        to: report.tables[7].target.clone(),
        why: "63 bytes are allowed".into(),
    }];
    report.converted = vec![Converted {
        table: "shop$order".into(),
        column: "delivered".into(),
        policy: "zero-date",
        conversion: "null".into(),
        cells: 1_284,
    }];
    report.positions = ["shop$order.number", "shop$customer.number", "system$session.id"]
        .map(|object| Position { object: object.into(), next: 600_001 })
        .into();
    report.not_copied = others();
    report.findings = vec![
        Finding::note("view-not-copied", "open_orders", "views are not copied"),
        Finding::note("one-lane", "shop$session", "has no key and is read by one lane"),
        Finding::warning(
            "collation",
            "shop$customer.email",
            "compares without case on the source and with case on the target",
        )
        .help("use a citext column, or an index on lower(email)"),
    ];
    report
}

fn others() -> Vec<OtherObject> {
    let object = |kind: &str, name: String| OtherObject { kind: kind.into(), name };
    let mut others = vec![
        object("view", "open_orders".into()),
        object("view", "customers_by_country".into()),
        object("trigger", "shop$order.audit_insert".into()),
    ];
    others.extend((0..30).map(|i| object("procedure", format!("report_step_{i:02}"))));
    others
}

/// `n` tables whose sizes fall off as they do in real databases.
pub(super) fn many(n: usize, lanes: usize) -> Report {
    let module = ["crm", "system", "billing", "administration", "workflow", "documents"];
    let name = |i: usize| format!("{}$entity_{:03}", module[i * 7 % module.len()], i * 37 % n);
    let rows = |i: usize| (3_000_000.0 / (i as f64 + 1.0).powf(1.25)) as u64;
    run((0..n).map(|i| table(&name(i), rows(i), 90 + (i as u64 * 53) % 400, 350_000.0)).collect(), lanes)
}

/// A run with a difference, where every text tries to break out of its place.
pub(super) fn hostile() -> Report {
    let evil = "<script>alert(1)</script>\"'`\u{1b}[31m\nerror: forged & \u{202e}x";
    let mut report = run(vec![table(evil, 10, 10, 1e6), table("plain", 20, 10, 1e6)], 1);
    report.exit = 1;
    report.tables[0].verified = Verdict::Different;
    report.tables[0].columns = vec![ColumnReport {
        column: evil.into(),
        from: evil.into(),
        to: evil.into(),
        decision: Decision::Widened(evil.into()),
    }];
    report.source = place(evil, evil, evil, evil);
    report.snapshot = Some(evil.into());
    report.started = evil.into();
    report.version = evil.into();
    report.renames =
        vec![Rename { kind: "table", table: evil.into(), from: evil.into(), to: evil.into(), why: evil.into() }];
    report.converted =
        vec![Converted { table: evil.into(), column: evil.into(), policy: "nan", conversion: evil.into(), cells: 1 }];
    report.positions = vec![Position { object: evil.into(), next: i128::MAX }];
    report.not_copied = vec![OtherObject { kind: evil.into(), name: evil.into() }];
    report.findings = vec![Finding::error("nul-text", evil, evil).help(evil)];
    report
}

/// A comparison with one table that differs.
pub(super) fn comparison() -> VerifyReport {
    let shop = shop();
    let compare = |(i, t): (usize, &TableReport)| TableComparison {
        source: t.source.clone(),
        target: t.target.clone(),
        source_rows: t.rows,
        target_rows: t.rows - u64::from(i == 2),
        verdict: if i == 2 { Verdict::Different } else { Verdict::Equal },
        seconds: t.verify_seconds,
    };
    VerifyReport {
        source: shop.source.clone(),
        target: shop.target.clone(),
        verification: "checksum".into(),
        seconds: 3.4,
        tables: shop.tables.iter().enumerate().map(compare).collect(),
        findings: vec![Finding::error("table-missing", "shop$audit", "exists on the source only")],
    }
}
