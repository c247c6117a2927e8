//! Columns as the catalog describes them.

use super::collation;
use super::expr;
use super::session::TextRow;
use super::types::{self, Declared};
use crate::finding::Finding;
use crate::schema::{Column, Generated, Identity, IdentityKind};
use crate::types::Type;

/// Reads one row of `columns.sql`.
pub(super) fn column(row: &TextRow, mariadb: bool) -> Column {
    let text = |at: usize| row.get(at).and_then(Option::as_deref);
    let must = |at: usize| text(at).unwrap_or_default();
    let number = |at: usize| text(at).and_then(|t| t.parse::<u64>().ok());
    let (ty, full, extra) = (must(4), must(5), must(12));
    let declared = Declared {
        name: ty,
        full,
        length: number(6),
        precision: number(7).and_then(|n| u32::try_from(n).ok()),
        scale: number(8).and_then(|n| i32::try_from(n).ok()),
        fraction: number(9).and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
        charset: text(10),
    };
    let mut column = Column::new(must(1), types::portable(&declared), full);
    column.nullable = must(3) == "YES";
    column.hidden = extra.contains("INVISIBLE");
    column.collation = text(11).map(collation::describe);
    column.comment = text(13).filter(|t| !t.is_empty()).map(str::to_string);
    column.generated = generated(extra, must(14), mariadb);
    if column.generated.is_none() {
        column.default = expr::Default { text: text(2), extra, ty, mariadb }.sql();
    }
    if extra.contains("auto_increment") {
        let kind = IdentityKind::AutoIncrement;
        column.identity = Some(Identity { always: false, next: None, start: 1, increment: 1, kind });
    }
    column
}

fn generated(extra: &str, expression: &str, mariadb: bool) -> Option<Generated> {
    if !extra.contains("GENERATED") || extra.contains("DEFAULT_GENERATED") {
        return None;
    }
    let text = if mariadb { expression.to_string() } else { expr::unescape(expression) };
    let expression = expr::without_outer_parentheses(&text).to_string();
    Some(Generated { expression, stored: extra.contains("STORED") || extra.contains("PERSISTENT") })
}

/// What of a column will not be on the target.
pub(super) fn finding(table: &str, row: &TextRow) -> Option<Finding> {
    let extra = row.get(12).and_then(Option::as_deref).unwrap_or_default().to_ascii_lowercase();
    let name = row.get(1).and_then(Option::as_deref).unwrap_or_default();
    extra.contains("on update current_timestamp").then(|| {
        Finding::note("on-update-not-copied", format!("{table}.{name}"), "ON UPDATE CURRENT_TIMESTAMP is not recreated")
            .help("let the application set the column, or add a trigger on the target")
    })
}

/// MariaDB's JSON is `longtext` with a check: makes it JSON again. Returns whether `clause` is that check.
pub(super) fn adopt_json_check(columns: &mut [Column], clause: &str) -> bool {
    for column in columns {
        let is_longtext = matches!(column.ty, Type::Text { max: None, .. });
        if is_longtext && clause == format!("json_valid({})", super::sql::name(&column.name)) {
            column.ty = Type::Json { binary: false };
            column.native = "json".to_string();
            return true;
        }
    }
    false
}
