//! Random values against the server: it renders what was encoded, and what was decoded is what it renders.

use super::support::*;
use dbferry::backends::{Range, ReadColumn, ReadTable, WriteColumn, WriteTable};
use dbferry::calendar::civil_from_days;
use dbferry::cell::Cell;
use dbferry::types::Type;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// One row of values that have a text form of our own making.
#[derive(Clone, Debug)]
struct Sample {
    number: String,
    days: i32,
    micros: i64,
}

fn samples() -> Vec<Sample> {
    let mut runner = TestRunner::deterministic();
    let strategy = ("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,30})?", -2_440_588i32..2_000_000, 0..86_400_000_000i64)
        .prop_map(|(number, days, micros)| Sample { number, days, micros });
    let mut samples: Vec<Sample> = (0..5000).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    for (days, micros) in [(-719_162, 0), (-719_163, 86_399_999_999), (-1, 86_399_999_999), (0, 0), (10_957, 1)] {
        samples.push(Sample { number: "0.0000".to_string(), days, micros });
    }
    samples
}

fn date(days: i32) -> String {
    let (year, month, day) = civil_from_days(days);
    match year {
        1.. => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{:04}-{month:02}-{day:02} BC", 1 - year),
    }
}

fn timestamp(days: i32, micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction =
        if fraction == 0 { String::new() } else { format!(".{fraction:06}").trim_end_matches('0').to_string() };
    match date(days).strip_suffix(" BC") {
        Some(date) => format!("{date} {clock}{fraction} BC"),
        None => format!("{} {clock}{fraction}", date(days)),
    }
}

fn number(text: &str) -> &str {
    let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    if zero { text.trim_start_matches('-') } else { text }
}

const COLUMNS: [(&str, &str); 3] = [("n", "numeric"), ("d", "date"), ("t", "timestamp")];

fn types() -> [Type; 3] {
    [Type::Decimal { precision: None, scale: None }, Type::Date, Type::Timestamp { precision: 6, zone: false }]
}

fn write(db: &Db, samples: &[Sample]) {
    let column = |name: &str, ty: Type| WriteColumn { name: name.to_string(), ty, native: String::new() };
    let mut columns: Vec<_> = COLUMNS.iter().zip(types()).map(|((name, _), ty)| column(name, ty)).collect();
    columns.extend(["n_text", "d_text", "t_text"].map(|name| column(name, Type::text())));
    let table = WriteTable { name: "v".to_string(), columns, splice: None };
    let mut writer = target(&db.endpoint).open_writer().unwrap();
    let mut encoder = writer.encoder(&table).unwrap();
    for sample in samples {
        encoder.cell(Cell::Decimal(&sample.number)).unwrap();
        encoder.cell(Cell::Date(sample.days)).unwrap();
        encoder.cell(Cell::Timestamp(sample.days, sample.micros * 1000)).unwrap();
        encoder.cell(Cell::Text(number(&sample.number))).unwrap();
        encoder.cell(Cell::Text(&date(sample.days))).unwrap();
        encoder.cell(Cell::Text(&timestamp(sample.days, sample.micros))).unwrap();
        encoder.end_row().unwrap();
    }
    writer.begin(&table, &claim(0)).unwrap();
    writer.send(&encoder.take(Vec::new())).unwrap();
    writer.commit(samples.len() as u64, None).unwrap();
}

#[test]
fn the_server_agrees_on_random_values() {
    let Some(db) = Db::create("values") else { return };
    db.run(CONTROL);
    db.run("CREATE TABLE v (n numeric, d date, t timestamp, n_text text, d_text text, t_text text)");
    let samples = samples();
    write(&db, &samples);
    for column in ["n", "d", "t"] {
        db.holds(&format!("NOT EXISTS (SELECT FROM v WHERE {column}::text IS DISTINCT FROM {column}_text)"));
    }
    let column = |name: &str, ty: Type| ReadColumn { name: name.to_string(), ty, as_text: false };
    let table = ReadTable {
        name: "v".to_string(),
        columns: COLUMNS.iter().zip(types()).map(|((name, _), ty)| column(name, ty)).collect(),
        key: Vec::new(),
        key_order: false,
        splice: None,
        bytes_estimate: 0,
        rows_estimate: 0,
    };
    let mut source = source(&db.endpoint);
    let mut rows = Rows::default();
    reader(source.as_mut()).read(&table, &Range::All, &mut rows).unwrap();
    let shown = |s: &Sample| {
        let nanos = s.micros * 1000;
        vec![number(&s.number).to_string(), format!("date {}", s.days), format!("{} {nanos}", s.days)]
    };
    let mut expected: Vec<_> = samples.iter().map(shown).collect();
    // The heap need not keep the order of a load.
    expected.sort();
    rows.0.sort();
    assert_eq!(rows.0, expected);
}

#[test]
fn text_forms_arrive_as_the_server_renders_them() {
    let Some(db) = Db::create("astext") else { return };
    db.run(
        "CREATE TABLE t AS SELECT ARRAY[1, NULL, 3] AS a, int4range(1, 5) AS r, '10.0.0.1/8'::inet AS i,
            'x'::\"char\" AS c, interval '1 day -2 hours' AS v, '{1,2}'::int[] IS NULL AS b",
    );
    let mut source = source(&db.endpoint);
    let schema = source.introspect().unwrap();
    let mut table = read_table(&schema.tables[0], None);
    table.columns.iter_mut().for_each(|c| c.as_text = true);
    let mut rows = Rows::default();
    reader(source.as_mut()).read(&table, &Range::All, &mut rows).unwrap();
    assert_eq!(rows.0, [["{1,NULL,3}", "[1,5)", "10.0.0.1/8", "x", "1 day -02:00:00", "false"]]);
}
