//! Probes as conditions on a row, and one cheap condition for all of them.

use super::sql;
use crate::calendar::civil_from_days;
use crate::probe::Probe;
use crate::schema::Table;
use crate::types::Type;

/// The condition that a row meets which the probe counts, if it counts rows.
pub(super) fn condition(table: &Table, probe: &Probe) -> Option<String> {
    match probe {
        Probe::NulText { column } => Some(format!("{} > 0", nul_at(&utf8(table, column)))),
        Probe::ZeroDate { column } => Some(zero_date(table, column)),
        Probe::NoLabel { column } => Some(format!("({} = 0)", sql::name(column))),
        Probe::DateOutside { column, min, max } => date_outside(table, column, *min, *max),
        Probe::ExcessFraction { column, digits } => {
            let unit = 10u32.pow(6u32.saturating_sub(u32::from(*digits)));
            Some(format!("MICROSECOND({}) % {unit} <> 0", sql::name(column)))
        }
        Probe::KeyBytes { columns, bytes } => {
            let sizes: Vec<String> = columns.iter().map(|column| key_bytes(table, column)).collect();
            Some(format!("{} > {bytes}", sizes.join(" + ")))
        }
        _ => None,
    }
}

/// A condition that every row meets which any probe counts, in its cheapest form; a row may meet it for nothing.
pub(super) fn suspicion(table: &Table, probes: &[Probe]) -> Option<String> {
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    for probe in probes {
        match probe {
            Probe::NulText { column } => texts.push(utf8(table, column)),
            other => others.extend(condition(table, other)),
        }
    }
    let mut parts: Vec<String> = nul_anywhere(&texts).into_iter().collect();
    parts.extend(others);
    (!parts.is_empty()).then(|| parts.join(" OR "))
}

/// One search through all texts of a row is much cheaper than one in each.
fn nul_anywhere(texts: &[String]) -> Option<String> {
    match texts {
        [] => None,
        [text] => Some(nul_at(text)),
        // Beyond max_allowed_packet there is nothing to search: NULL, which may hide anything.
        _ => Some(format!("COALESCE({}, 1)", nul_at(&format!("CONCAT_WS('', {})", texts.join(", "))))),
    }
}

/// Place of U+0000 in a text, or 0. As bytes, because it weighs nothing in most collations and would be found
/// everywhere. Of the ways to say so this is the fastest: half of `INSTR(BINARY …)`, a third of `LIKE`.
fn nul_at(text: &str) -> String {
    format!("LOCATE(X'00', CONVERT({text} USING binary))")
}

/// Zero or partial dates, and days that do not exist. Most days are below 29, and then nobody needs the month's last.
fn zero_date(table: &Table, column: &str) -> String {
    let name = sql::name(column);
    if matches!(table.column(column).map(|c| &c.ty), Some(Type::Timestamp { zone: true, .. })) {
        // Stored as seconds, of which only zero is no date.
        return format!("(MONTH({name}) = 0)");
    }
    format!(
        "(YEAR({name}) = 0 OR MONTH({name}) = 0 OR DAYOFMONTH({name}) NOT BETWEEN 1 AND 28 \
         AND DAYOFMONTH({name}) NOT BETWEEN 1 AND COALESCE(DAYOFMONTH(LAST_DAY({name})), 0))"
    )
}

/// Real dates outside the bounds; bounds beyond MySQL's own range (0001 to 9999) exclude nothing.
fn date_outside(table: &Table, column: &str, min: i32, max: i32) -> Option<String> {
    let (min, max) = (civil_from_days(min), civil_from_days(max));
    let name = sql::name(column);
    let mut parts = Vec::new();
    if min > (1, 1, 1) {
        parts.push(format!("{name} < '{:04}-{:02}-{:02}'", min.0, min.1, min.2));
    }
    if max < (9999, 12, 31) {
        parts.push(format!("{name} > '{:04}-{:02}-{:02} 23:59:59.999999'", max.0, max.1, max.2));
    }
    (!parts.is_empty()).then(|| format!("(({}) AND NOT {})", parts.join(" OR "), zero_date(table, column)))
}

fn key_bytes(table: &Table, column: &str) -> String {
    match table.column(column).map(|c| &c.ty) {
        Some(Type::Text { .. } | Type::Bytes { .. } | Type::Enum { .. } | Type::Set { .. } | Type::Json { .. }) => {
            format!("COALESCE({}, 0)", lengths(table, column).1)
        }
        Some(Type::Uuid) => "16".to_string(),
        _ => "8".to_string(),
    }
}

/// Length in characters and in UTF-8 bytes.
pub(super) fn lengths(table: &Table, column: &str) -> (String, String) {
    let name = sql::name(column);
    match table.column(column).map(|c| &c.ty) {
        Some(Type::Bytes { .. } | Type::Native { .. }) => (format!("LENGTH({name})"), format!("LENGTH({name})")),
        _ => (format!("CHAR_LENGTH({name})"), format!("LENGTH({})", utf8(table, column))),
    }
}

/// The column in UTF-8, converted only where it is stored otherwise.
pub(super) fn utf8(table: &Table, column: &str) -> String {
    let name = sql::name(column);
    let collation = table.column(column).and_then(|c| c.collation.as_ref());
    match collation.map(|c| c.name.split('_').next().unwrap_or_default()) {
        Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => name,
        _ => format!("CONVERT({name} USING utf8mb4)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Collation, Column};

    fn collation(name: &str) -> Collation {
        Collation { name: name.into(), case_sensitive: true, accent_sensitive: true, pad_space: false, binary: true }
    }

    fn table() -> Table {
        let column = |name: &str, ty| Column::new(name, ty, "");
        let text =
            |name: &str, name_of: &str| Column { collation: Some(collation(name_of)), ..column(name, Type::text()) };
        let moment = |zone| Type::Timestamp { precision: 3, zone };
        let columns = vec![
            text("a", "utf8mb4_bin"),
            text("b", "utf8mb3_general_ci"),
            text("c", "latin1_swedish_ci"),
            column("d", moment(false)),
            column("e", moment(true)),
        ];
        Table { columns, ..Table::default() }
    }

    fn nul(column: &str) -> Probe {
        Probe::NulText { column: column.into() }
    }

    #[test]
    fn texts_are_searched_together() {
        let one = suspicion(&table(), &[nul("a")]).unwrap();
        assert_eq!(one, "LOCATE(X'00', CONVERT(`a` USING binary))");
        let all = suspicion(&table(), &[nul("a"), Probe::Range { column: "d".into() }, nul("b"), nul("c")]).unwrap();
        assert_eq!(
            all,
            "COALESCE(LOCATE(X'00', CONVERT(CONCAT_WS('', `a`, `b`, CONVERT(`c` USING utf8mb4)) USING binary)), 1)"
        );
        assert_eq!(suspicion(&table(), &[Probe::Range { column: "d".into() }]), None);
    }

    #[test]
    fn dates_are_compared_with_their_month_only_where_it_matters() {
        let zero = |column: &str| Probe::ZeroDate { column: column.into() };
        assert_eq!(
            suspicion(&table(), &[zero("d"), nul("a"), zero("e")]).unwrap(),
            "LOCATE(X'00', CONVERT(`a` USING binary)) OR (YEAR(`d`) = 0 OR MONTH(`d`) = 0 \
             OR DAYOFMONTH(`d`) NOT BETWEEN 1 AND 28 \
             AND DAYOFMONTH(`d`) NOT BETWEEN 1 AND COALESCE(DAYOFMONTH(LAST_DAY(`d`)), 0)) OR (MONTH(`e`) = 0)"
        );
    }

    #[test]
    fn bounds_beyond_all_dates_ask_nothing() {
        let outside = |min, max| condition(&table(), &Probe::DateOutside { column: "e".into(), min, max });
        assert_eq!(outside(-719_162, 2_932_896), None);
        assert_eq!(outside(0, 2_932_896).unwrap(), "((`e` < '1970-01-01') AND NOT (MONTH(`e`) = 0))");
    }
}
