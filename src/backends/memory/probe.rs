//! Answers to probes, computed over the rows: the reference of what each probe means.
//!
//! `count` is the number of rows (or groups) that a probe complains of; for probes that measure
//! (`Range`, `MaxLength`, `DecimalDigits`) it is the number of rows that have a value.

use super::fits::{decimal_digits, excess_fraction, whole};
use super::keys::{KeyColumns, each_dangling, row_key};
use super::store::{State, Stored};
use super::text::render;
use crate::cell::{Cell, Special};
use crate::error::{Error, ErrorKind, Result};
use crate::probe::{Answer, Probe, TableProbes};
use crate::schema::ForeignKey;
use std::collections::{BTreeSet, HashMap};

/// Rows named in an answer.
const NAMED: usize = 3;

/// Answers one probe of a table.
pub(super) fn answer(state: &State, asked: &TableProbes<'_>, probe: &Probe) -> Result<Answer> {
    let stored = state.table(&asked.table.name, ErrorKind::Read)?;
    match probe {
        Probe::Range { column } => measure(stored, column, |cell| whole(cell).map(|n| ((n, n), true))),
        Probe::MaxLength { column } => measure(stored, column, |cell| Some((lengths(cell)?, false))),
        Probe::DecimalDigits { column } => measure(stored, column, |cell| Some((digits(cell)?, false))),
        Probe::NulText { column } => {
            concerned(stored, column, |cell| matches!(cell, Cell::Text(text) if text.contains('\0')))
        }
        Probe::ZeroDate { column } => {
            concerned(stored, column, |cell| matches!(cell, Cell::Special(Special::ZeroDate(..))))
        }
        Probe::NoLabel { column } => concerned(stored, column, |cell| matches!(cell, Cell::Text(""))),
        Probe::DateOutside { column, min, max } => concerned(stored, column, |cell| outside(cell, *min, *max)),
        Probe::NotFinite { column } => concerned(stored, column, not_finite),
        Probe::ExcessFraction { column, digits } => {
            concerned(stored, column, |cell| nanos(cell).is_some_and(|nanos| excess_fraction(*digits, nanos)))
        }
        Probe::KeyBytes { columns, bytes } => key_bytes(stored, columns, *bytes),
        Probe::Collisions { columns, ignore_case, ignore_trailing_blanks } => {
            collisions(stored, columns, *ignore_case, *ignore_trailing_blanks)
        }
        Probe::Dangling { foreign_key } => dangling(state, stored, asked, foreign_key),
        Probe::DanglingValues { foreign_key } => dangling_values(state, stored, asked, foreign_key),
    }
}

fn position(stored: &Stored, column: &str) -> Result<usize> {
    stored.schema.column_index(column).ok_or_else(|| {
        Error::new(ErrorKind::Read, "there is no such column").object(format!("{}.{column}", stored.schema.name))
    })
}

/// Counts a row that an answer is about, and names the first few.
fn concern(answer: &mut Answer, stored: &Stored, row: &[Cell<'_>]) {
    answer.count += 1;
    if answer.keys.len() < NAMED {
        answer.keys.extend(row_key(&stored.schema, row));
    }
}

fn concerned(stored: &Stored, column: &str, test: impl Fn(Cell<'_>) -> bool) -> Result<Answer> {
    let at = position(stored, column)?;
    let mut answer = Answer::default();
    stored.each(|row| {
        if test(row[at]) {
            concern(&mut answer, stored, row);
        }
        Ok(())
    })?;
    Ok(answer)
}

/// Keeps the largest of two numbers per row, or, for a range, the smallest of the first.
fn measure(stored: &Stored, column: &str, of: impl Fn(Cell<'_>) -> Option<((i128, i128), bool)>) -> Result<Answer> {
    let at = position(stored, column)?;
    let mut answer = Answer::default();
    stored.each(|row| {
        if let Some(((first, second), range)) = of(row[at]) {
            let kept = answer.min.map_or(first, |min| if range { min.min(first) } else { min.max(first) });
            answer.min = Some(kept);
            answer.max = Some(answer.max.map_or(second, |max| max.max(second)));
            answer.count += 1;
        }
        Ok(())
    })?;
    Ok(answer)
}

fn lengths(cell: Cell<'_>) -> Option<(i128, i128)> {
    match cell {
        Cell::Text(text) => Some((text.chars().count() as i128, text.len() as i128)),
        Cell::Bytes(bytes) => Some((bytes.len() as i128, bytes.len() as i128)),
        _ => None,
    }
}

fn digits(cell: Cell<'_>) -> Option<(i128, i128)> {
    match cell {
        Cell::Decimal(digits) => {
            let (before, after) = decimal_digits(digits);
            Some((before as i128, after as i128))
        }
        Cell::I64(_) | Cell::U64(_) => {
            Some((whole(cell)?.unsigned_abs().checked_ilog10().map_or(0, |n| n as i128 + 1), 0))
        }
        _ => None,
    }
}

fn outside(cell: Cell<'_>, min: i32, max: i32) -> bool {
    match cell {
        Cell::Date(days) | Cell::Timestamp(days, _) | Cell::Instant(days, _) => days < min || days > max,
        Cell::Special(special) => matches!(special, Special::Infinity | Special::NegativeInfinity),
        _ => false,
    }
}

fn not_finite(cell: Cell<'_>) -> bool {
    match cell {
        Cell::F32(f) => !f.is_finite(),
        Cell::F64(f) => !f.is_finite(),
        Cell::Special(special) => !matches!(special, Special::ZeroDate(..)),
        _ => false,
    }
}

fn nanos(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Time(nanos)
        | Cell::TimeTz(nanos, _)
        | Cell::Timestamp(_, nanos)
        | Cell::Instant(_, nanos)
        | Cell::Interval(_, _, nanos)
        | Cell::Special(Special::ZeroDate(_, _, _, nanos)) => Some(nanos),
        _ => None,
    }
}

fn key_bytes(stored: &Stored, columns: &[String], bytes: u64) -> Result<Answer> {
    let positions = columns.iter().map(|column| position(stored, column)).collect::<Result<Vec<_>>>()?;
    let (mut answer, mut scratch) = (Answer::default(), String::new());
    stored.each(|row| {
        let sizes = positions.iter().map(|at| match row[*at] {
            Cell::Bytes(bytes) => bytes.len(),
            cell => {
                scratch.clear();
                render(cell, &mut scratch);
                scratch.len()
            }
        });
        if sizes.sum::<usize>() as u64 > bytes {
            concern(&mut answer, stored, row);
        }
        Ok(())
    })?;
    Ok(answer)
}

/// A group is counted once, when its second distinct value turns up; that row names it.
fn collisions(stored: &Stored, columns: &[String], ignore_case: bool, ignore_blanks: bool) -> Result<Answer> {
    struct Group {
        first: Vec<u8>,
        counted: bool,
    }
    let positions = columns.iter().map(|column| position(stored, column)).collect::<Result<Vec<_>>>()?;
    let Some(keys) = KeyColumns::new(&stored.schema, columns) else { return Ok(Answer::default()) };
    let (mut groups, mut answer, mut exact) = (HashMap::<String, Group>::new(), Answer::default(), Vec::new());
    stored.each(|row| {
        if keys.put(row, &mut exact) > 0 {
            return Ok(());
        }
        let folded = fold(positions.iter().map(|at| row[*at]), ignore_case, ignore_blanks);
        let group = groups.entry(folded).or_insert_with(|| Group { first: exact.clone(), counted: false });
        if group.first != exact && !group.counted {
            group.counted = true;
            concern(&mut answer, stored, row);
        }
        Ok(())
    })?;
    Ok(answer)
}

fn fold<'a>(cells: impl Iterator<Item = Cell<'a>>, ignore_case: bool, ignore_blanks: bool) -> String {
    let (mut folded, mut text) = (String::new(), String::new());
    for cell in cells {
        text.clear();
        render(cell, &mut text);
        let kept = if ignore_blanks { text.trim_end_matches(' ') } else { &text };
        // Letter by letter: the lower case of a whole word depends on where a sigma stands.
        let kept: String = match ignore_case {
            true => kept.chars().flat_map(char::to_lowercase).collect(),
            false => kept.to_string(),
        };
        folded.push_str(&format!("{}:{kept}", kept.len()));
    }
    folded
}

fn foreign_key<'k>(stored: &'k Stored, asked: &'k TableProbes<'_>, name: &str) -> Result<&'k ForeignKey> {
    let mut keys = asked.table.foreign_keys.iter().chain(&stored.schema.foreign_keys);
    keys.find(|key| key.name == name).ok_or_else(|| {
        Error::new(ErrorKind::Read, format!("there is no foreign key \"{name}\"")).object(stored.schema.name.clone())
    })
}

fn dangling(state: &State, stored: &Stored, asked: &TableProbes<'_>, name: &str) -> Result<Answer> {
    let mut answer = Answer::default();
    each_dangling(state, stored, foreign_key(stored, asked, name)?, ErrorKind::Read, |row| {
        concern(&mut answer, stored, row);
        Ok(())
    })?;
    Ok(answer)
}

fn dangling_values(state: &State, stored: &Stored, asked: &TableProbes<'_>, name: &str) -> Result<Answer> {
    let key = foreign_key(stored, asked, name)?;
    let at = key.columns.first().map(|column| position(stored, column)).transpose()?;
    let (mut count, mut values) = (0, BTreeSet::new());
    each_dangling(state, stored, key, ErrorKind::Read, |row| {
        count += 1;
        if let Some(Cell::I64(value)) = at.and_then(|at| row.get(at)) {
            values.insert(*value);
        }
        Ok(())
    })?;
    Ok(Answer { count, keys: values.iter().map(i64::to_string).collect(), ..Answer::default() })
}

#[cfg(test)]
mod tests {
    use crate::backends::Range;
    use crate::backends::memory::testing::table;
    use crate::backends::memory::{MemoryDb, Value, open_source};
    use crate::cell::Special;
    use crate::error::ErrorKind;
    use crate::probe::{Answer, Probe, TableProbes};
    use crate::schema::{Action, ForeignKey, Key, Table};
    use crate::types::Type;

    /// Asks about a table `t` with the integer key `id` and a column `v` of these values.
    fn ask(values: Vec<Value>, probe: Probe) -> Answer {
        let db = MemoryDb::new("test");
        let rows = (1..).zip(values).map(|(id, value)| vec![Value::I64(id), value]);
        db.add_table(keyed(Type::text()), rows).unwrap();
        ask_db(&db, probe)
    }

    fn ask_db(db: &MemoryDb, probe: Probe) -> Answer {
        let mut reader = open_source(&db.endpoint()).unwrap().open_readers(1).unwrap().sessions.remove(0);
        let asked = TableProbes {
            table: &Table { name: "t".into(), ..Table::default() },
            probes: vec![probe],
            range: Range::All,
        };
        reader.probe(&asked).unwrap().remove(0)
    }

    fn keyed(ty: Type) -> Table {
        let mut table = table("t", [("id", Type::int(8)), ("v", ty)]);
        table.primary_key = Some(Key::new("pk", vec!["id".into()]));
        table
    }

    fn v() -> String {
        "v".into()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn named(count: u64, keys: &[&str]) -> Answer {
        Answer { count, keys: keys.iter().map(|key| key.to_string()).collect(), ..Answer::default() }
    }

    fn measured(count: u64, min: i128, max: i128) -> Answer {
        Answer { count, min: Some(min), max: Some(max), keys: Vec::new() }
    }

    #[test]
    fn measures() {
        let values = vec![Value::I64(-5), Value::Null, Value::U64(u64::MAX), Value::Bits(vec![0xC0], 2)];
        assert_eq!(ask(values, Probe::Range { column: v() }), measured(3, -5, u64::MAX.into()));
        assert_eq!(ask(vec![Value::Null], Probe::Range { column: v() }), Answer::default());
        let values = vec![text("aaaa"), text("😀😀"), Value::Null];
        assert_eq!(ask(values, Probe::MaxLength { column: v() }), measured(2, 4, 8));
        let values = ["-0012.50", "0.123", "7"].map(|digits| Value::Decimal(digits.into())).to_vec();
        assert_eq!(ask(values, Probe::DecimalDigits { column: v() }), measured(3, 2, 3));
    }

    #[test]
    fn complaints_name_up_to_three_rows() {
        let values = vec![text("a\0"), text("b"), text("\0"), text("\0"), text("\0")];
        assert_eq!(ask(values, Probe::NulText { column: v() }), named(4, &["id=1", "id=3", "id=4"]));
        let values = vec![Value::Special(Special::ZeroDate(0, 0, 0, 0)), Value::Date(0)];
        assert_eq!(ask(values, Probe::ZeroDate { column: v() }), named(1, &["id=1"]));
        let values =
            vec![Value::F64(f64::NAN), Value::F32(1.0), Value::Special(Special::Nan), Value::F32(f32::INFINITY)];
        assert_eq!(ask(values, Probe::NotFinite { column: v() }), named(3, &["id=1", "id=3", "id=4"]));
    }

    #[test]
    fn moments() {
        let values = vec![
            Value::Date(-1),
            Value::Timestamp(5, 0),
            Value::Instant(6, 1_500),
            Value::Special(Special::Infinity),
            Value::Special(Special::ZeroDate(0, 0, 0, 0)),
        ];
        let probe = Probe::DateOutside { column: v(), min: 0, max: 5 };
        assert_eq!(ask(values.clone(), probe), named(3, &["id=1", "id=3", "id=4"]));
        assert_eq!(ask(values.clone(), Probe::ExcessFraction { column: v(), digits: 6 }), named(1, &["id=3"]));
        assert_eq!(ask(values, Probe::ExcessFraction { column: v(), digits: 9 }), named(0, &[]));
    }

    #[test]
    fn keys() {
        let columns = || vec!["id".to_string(), v()];
        let values = vec![text("ééé"), text("é"), Value::Null];
        assert_eq!(ask(values, Probe::KeyBytes { columns: columns(), bytes: 3 }), named(1, &["id=1"]));
        let values = || vec![text("a"), text("A "), text("a"), text("b"), text("b"), Value::Null];
        let collisions = |ignore_case, ignore_trailing_blanks| {
            ask(values(), Probe::Collisions { columns: vec![v()], ignore_case, ignore_trailing_blanks })
        };
        assert_eq!(collisions(true, true), named(1, &["id=2"]));
        assert_eq!(collisions(true, false), named(0, &[]));
        assert_eq!(collisions(false, false), named(0, &[]));
    }

    #[test]
    fn dangling_rows() {
        let db = MemoryDb::new("test");
        let mut parent = table("p", [("id", Type::int(4))]);
        parent.primary_key = Some(Key::new("pk", vec!["id".into()]));
        db.add_table(parent, [vec![Value::I64(1)]]).unwrap();
        let mut child = keyed(Type::int(4));
        child.foreign_keys.push(ForeignKey {
            name: "fk".into(),
            columns: vec![v()],
            foreign_table: "p".into(),
            foreign_columns: vec!["id".into()],
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: false,
            initially_deferred: false,
            not_validated: true,
            match_full: false,
        });
        let rows = [(1, Value::I64(1)), (2, Value::I64(7)), (3, Value::Null)];
        db.add_table(child, rows.map(|(id, value)| vec![Value::I64(id), value])).unwrap();
        assert_eq!(ask_db(&db, Probe::Dangling { foreign_key: "fk".into() }), named(1, &["id=2"]));
        assert_eq!(ask_db(&db, Probe::DanglingValues { foreign_key: "fk".into() }), named(1, &["7"]));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let db = MemoryDb::new("test");
        db.add_table(keyed(Type::text()), []).unwrap();
        let mut reader = open_source(&db.endpoint()).unwrap().open_readers(1).unwrap().sessions.remove(0);
        let mut fails = |table: &str, probe| {
            let asked = TableProbes {
                table: &Table { name: table.into(), ..Table::default() },
                probes: vec![probe],
                range: Range::All,
            };
            assert_eq!(reader.probe(&asked).unwrap_err().kind(), ErrorKind::Read);
        };
        fails("u", Probe::Range { column: v() });
        fails("t", Probe::Range { column: "w".into() });
        fails("t", Probe::Dangling { foreign_key: "fk".into() });
    }
}
