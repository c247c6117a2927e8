//! Values that the target cannot hold: probes, the conversions in force, and the line that allows one.

use super::Decision;
use super::drafts::ColumnDraft;
use super::planner::Planner;
use crate::calendar::parse_date;
use crate::dialect::Dialect;
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::policy::{Conversion, PolicyKind};
use crate::probe::{Answer, Probe};
use crate::schema::{Product, Table};
use crate::types::Type;

/// A kind of value that may stand in a column and that the target refuses.
struct Risk {
    kind: PolicyKind,
    probe: Probe,
    /// What the rows hold, after "N rows hold".
    what: String,
}

impl Planner<'_> {
    /// Asks for values that the target refuses; with a policy they are converted, else the plan has an error.
    pub(super) fn apply_policies(&mut self, table: &Table, draft: &mut ColumnDraft<'_>) {
        self.lone_surrogates(table, draft);
        for risk in self.risks(draft) {
            let policy = self.request.policies.lookup(risk.kind, &table.name, &draft.source.name).cloned();
            let answer = self.data.ask(&table.name, risk.probe.clone());
            let found = answer.is_some_and(|answer| answer.count > 0);
            match policy {
                Some(conversion) => {
                    if found {
                        self.convert(table, draft, &risk, &conversion);
                    }
                    draft.conversions.push((risk.kind, conversion));
                }
                None => {
                    if let Some(answer) = answer.filter(|answer| answer.count > 0) {
                        self.refuse(table, draft, &risk, answer);
                    }
                }
            }
        }
    }

    /// Halves of surrogate pairs are seen only when a row is read: without a policy they stop the copy there.
    fn lone_surrogates(&self, table: &Table, draft: &mut ColumnDraft<'_>) {
        let stores_utf16 = matches!(self.request.source_engine, Engine::Hsqldb | Engine::SqlServer);
        if !stores_utf16 || !matches!(draft.source.ty, Type::Text { .. }) {
            return;
        }
        let kind = PolicyKind::LoneSurrogate;
        let policy = self.request.policies.lookup(kind, &table.name, &draft.source.name);
        draft.conversions.extend(policy.map(|conversion| (kind, conversion.clone())));
    }

    /// No strict session of MySQL takes the empty value of an enumeration that it once stored for an invalid one.
    pub(super) fn refuse_unlabelled(&mut self, table: &Table, draft: &ColumnDraft<'_>) {
        let (Type::Enum { labels, .. }, Type::Enum { .. }) = (&draft.source.ty, &draft.fit.ty) else { return };
        if self.request.source_engine != Engine::MySql || labels.iter().any(String::is_empty) {
            return;
        }
        let probe = Probe::NoLabel { column: draft.source.name.clone() };
        if let Some(answer) = self.data.ask(&table.name, probe).filter(|answer| answer.count > 0) {
            let object = format!("{}.{}", table.name, draft.source.name);
            let text = format!("{} with none of its labels{}", rows(answer.count), examples(answer));
            let name = &draft.source.name;
            let help = format!("give these rows a label, or NULL, on the source: `{name}` = 0 finds them");
            self.find(Finding::error("invalid-enum", object, text).help(help));
        }
    }

    /// MariaDB's TIMESTAMP goes on to 2106 since 11.5; where columns keep that type, older servers and MySQL end in 2038.
    pub(super) fn refuse_late_instants(&mut self, table: &Table, draft: &ColumnDraft<'_>) {
        let may = |dialect: &Dialect, product: &Product| dialect.has(product, &dialect.since.late_instants);
        let instants = |ty: &Type| matches!(ty, Type::Timestamp { zone: true, .. });
        let wider = self.source.is_some_and(|source| may(source, &self.request.schema.product))
            && !may(self.target, &self.request.target.product);
        if !(self.same_engine && wider && instants(&draft.source.ty) && instants(&draft.fit.ty)) {
            return;
        }
        let (Some(min), Some(max)) = (parse_date(&self.target.limits.date_min), parse_date("2038-01-19")) else {
            return;
        };
        let probe = Probe::DateOutside { column: draft.source.name.clone(), min, max };
        if let Some(answer) = self.data.ask(&table.name, probe).filter(|answer| answer.count > 0) {
            let object = format!("{}.{}", table.name, draft.source.name);
            let text = format!("{} beyond the target's last TIMESTAMP in 2038{}", rows(answer.count), examples(answer));
            let help =
                "correct these rows or make the column a DATETIME on the source, or copy to MariaDB 11.5 or newer";
            self.find(Finding::error("out-of-range-date", object, text).help(help));
        }
    }

    fn risks(&self, draft: &ColumnDraft<'_>) -> Vec<Risk> {
        let ty = &draft.source.ty;
        // Whether a decimal without bounds stays a number shows only with the answers.
        let undecided = self.data.is_asking() && matches!(ty, Type::Decimal { .. });
        if self.same_engine || draft.fit.as_text && !undecided {
            return Vec::new();
        }
        let column = draft.source.name.clone();
        let mut risks = Vec::new();
        if matches!(ty, Type::Text { .. }) && self.source_may(|types| types.nul_text) && !self.target.types.nul_text {
            risks.push(Risk {
                kind: PolicyKind::NulText,
                probe: Probe::NulText { column: column.clone() },
                what: "text with U+0000".into(),
            });
        }
        if matches!(ty, Type::Date | Type::Timestamp { .. }) {
            self.date_risks(&column, &mut risks);
        }
        if let Some(digits) = self.excess_digits(ty) {
            let probe = Probe::ExcessFraction { column: column.clone(), digits };
            risks.push(Risk {
                kind: PolicyKind::ExcessPrecision,
                probe,
                what: "more digits of a second than are kept".into(),
            });
        }
        if self.not_finite_unknown(ty) {
            let probe = Probe::NotFinite { column };
            risks.push(Risk { kind: PolicyKind::Nan, probe, what: "NaN or an infinite number".into() });
        }
        risks
    }

    fn date_risks(&self, column: &str, risks: &mut Vec<Risk>) {
        if let Some(what) = self.unknown_dates() {
            let probe = Probe::ZeroDate { column: column.to_string() };
            risks.push(Risk { kind: PolicyKind::ZeroDate, probe, what });
        }
        let limits = &self.target.limits;
        if let (Some(min), Some(max)) = (parse_date(&limits.date_min), parse_date(&limits.date_max)) {
            let probe = Probe::DateOutside { column: column.to_string(), min, max };
            risks.push(Risk {
                kind: PolicyKind::OutOfRangeDate,
                probe,
                what: "a date that the target cannot hold".into(),
            });
        }
    }

    /// Whether numbers of this type may be NaN or infinite on the source only.
    fn not_finite_unknown(&self, ty: &Type) -> bool {
        let kind = match ty {
            Type::Float { .. } => "float",
            Type::Decimal { .. } => "decimal",
            _ => return false,
        };
        let has = |types: &crate::dialect::Types| types.not_finite.iter().any(|known| known == kind);
        self.source.is_none_or(|source| has(&source.types)) && !has(&self.target.types)
    }

    /// Dates that only the source's calendar has, if there are any.
    fn unknown_dates(&self) -> Option<String> {
        let Some(source) = self.source else {
            return self.target.types.zero_dates.is_empty().then(|| "a date that no calendar has".into());
        };
        let unknown = source.types.zero_dates.iter().find(|kind| !self.target.types.zero_dates.contains(*kind))?;
        Some(match unknown.as_str() {
            "Julian" => "29 February of a year that is a leap year only in the Julian calendar".into(),
            _ => "a date with a zero year, month or day".into(),
        })
    }

    fn excess_digits(&self, ty: &Type) -> Option<u8> {
        let kept = self.target.limits.fraction;
        match ty {
            Type::Time { precision, .. } | Type::Timestamp { precision, .. } if *precision > kept => Some(kept),
            _ => None,
        }
    }

    /// Whether the source may hold such values; a source without dialect may hold anything.
    fn source_may(&self, has: fn(&crate::dialect::Types) -> bool) -> bool {
        self.source.is_none_or(|dialect| has(&dialect.types))
    }

    fn convert(&mut self, table: &Table, draft: &mut ColumnDraft<'_>, risk: &Risk, conversion: &Conversion) {
        let name = risk.kind.name();
        draft.fit.decision = Decision::Converted(format!("{name}={}", spelled(conversion)));
        if *conversion != Conversion::Null {
            return;
        }
        let in_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&draft.source.name));
        if in_key {
            let object = format!("{}.{}", table.name, draft.source.name);
            let text =
                format!("rows hold {}, and the policy {name}=null cannot apply within the primary key", risk.what);
            self.find(Finding::error(name, object, text).help("correct these rows on the source"));
        }
        draft.nullable = true;
    }

    fn refuse(&mut self, table: &Table, draft: &ColumnDraft<'_>, risk: &Risk, answer: &Answer) {
        let name = risk.kind.name();
        let object = format!("{}.{}", table.name, draft.source.name);
        let text = format!("{} with {}{}", rows(answer.count), risk.what, examples(answer));
        let choices = match risk.kind {
            PolicyKind::NulText => "strip (or =replace)",
            PolicyKind::ZeroDate => "null (or a date as YYYY-MM-DD)",
            PolicyKind::OutOfRangeDate => "null (or =clamp)",
            PolicyKind::ExcessPrecision => "truncate",
            _ => "null",
        };
        let (choice, others) = choices.split_once(' ').unwrap_or((choices, ""));
        let others = if others.is_empty() { String::new() } else { format!(" {others}") };
        let option = format!("{object}:{name}={choice}").replace('\'', "'\\''");
        let help = format!(
            "allow a conversion with --policy '{option}'{others}, or the same entry under `dbferry: policies:` in \
             the settings file, or correct these rows on the source"
        );
        self.find(Finding::error(name, object, text).help(help));
    }
}

/// `1 row`, `3 rows`.
pub(super) fn rows(count: u64) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}

/// Keys of some of the rows, in brackets.
pub(super) fn examples(answer: &Answer) -> String {
    if answer.keys.is_empty() {
        return String::new();
    }
    let more = if answer.count > answer.keys.len() as u64 { ", …" } else { "" };
    format!(" ({}{more})", answer.keys.join(", "))
}

fn spelled(conversion: &Conversion) -> &str {
    match conversion {
        Conversion::Strip => "strip",
        Conversion::Replace => "replace",
        Conversion::Null => "null",
        Conversion::Clamp => "clamp",
        Conversion::Truncate => "truncate",
        Conversion::Space => "space",
        Conversion::Remove => "remove",
        Conversion::Literal(text) => text,
    }
}
