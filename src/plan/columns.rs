//! Column by column: the target's type, by the source's type and what the data holds.

use super::Decision;
use super::drafts::ColumnDraft;
use super::planner::Planner;
use super::tables::named;
use crate::dialect::Dialect;
use crate::dialect::native::native;
use crate::dialect::widen::{Fit, canon, native_as_text, plain_decimal, widen};
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::probe::Probe;
use crate::schema::{Column, Need, Product, Table};
use crate::types::Type;

/// Digits after the point that a decimal without bounds gets where its values leave the choice.
const FREE_SCALE: i128 = 30;

impl<'a> Planner<'a> {
    /// Decides one column.
    pub(super) fn column(&mut self, table: &Table, column: &'a Column, name: String, keyed: bool) -> ColumnDraft<'a> {
        let kept = self.kept_native(column);
        let native_kept = kept.is_some();
        let fit = match kept {
            Some(fit) => fit,
            None => self.fit(table, column, keyed),
        };
        if matches!(column.ty, Type::Native { .. }) && fit.as_text && !native_kept {
            let text = format!("{} is kept as text: {} has no such type", column.native, self.target.name);
            let object = format!("{}.{}", table.name, column.name);
            let extension = column.needs.as_ref().and_then(|need| need.extension.as_ref());
            let help = match extension.filter(|_| self.same_product) {
                Some(name) => format!("create extension {name} on the target before the copy, and the type is kept"),
                None => "check that the application can work with text".to_string(),
            };
            self.find(Finding::warning("type-as-text", object, text).help(help));
        }
        let mut draft = ColumnDraft {
            source: column,
            name,
            canon: canon(&column.ty, &fit),
            fit,
            nullable: column.nullable,
            collate: String::new(),
            conversions: Vec::new(),
            native_kept,
            default: None,
            generated: None,
            identity: None,
            serial: None,
        };
        draft.collate = self.collate(table, &draft);
        self.apply_policies(table, &mut draft);
        self.refuse_unlabelled(table, &draft);
        self.refuse_late_instants(table, &draft);
        draft
    }

    /// The source's own spelling, where the target is the same engine and knows it.
    fn kept_native(&self, column: &Column) -> Option<Fit> {
        if !self.same_engine {
            return None;
        }
        let product = &self.request.target.product;
        if !self.target_had(product, column) {
            return None;
        }
        let spelled = match &column.ty {
            Type::Enum { name: Some(name), .. } if self.same_product && self.target.tables.named_enums => {
                self.qualified(name)
            }
            Type::Native { name, .. } if self.keeps_native(name) || self.has_extension_of(column) => name.clone(),
            Type::Enum { .. } | Type::Set { .. } | Type::Native { .. } => return None,
            Type::Uuid | Type::Json { .. } if !self.same_product => return None,
            Type::Decimal { .. } if !self.same_product && native(self.target, product, &column.ty).is_none() => {
                return None;
            }
            _ if is_plain(&column.native) => column.native.clone(),
            _ => return None,
        };
        let as_text = matches!(column.ty, Type::Native { .. }) && self.can_splice();
        let fit = Fit {
            ty: column.ty.clone(),
            native: spelled,
            decision: Decision::Exact,
            as_text,
            check_labels: false,
            ascii: false,
        };
        Some(fit)
    }

    /// Shapes and vectors of MySQL and MariaDB have no text form that loses nothing.
    fn is_read_as_digits(&self, name: &str) -> bool {
        let natives = self.source.filter(|source| source.parser == "mysql").map(|source| &source.types.natives);
        let plain = bare(name);
        natives.is_some_and(|natives| plain == "vector" || natives.iter().any(|n| n.eq_ignore_ascii_case(&plain)))
    }

    /// Whether the type is one of an extension that both ends have.
    fn has_extension_of(&self, column: &Column) -> bool {
        self.same_product && column.needs.as_ref().is_some_and(|need| self.target_has(need))
    }

    /// Whether the target has what is not copied.
    pub(super) fn target_has(&self, need: &Need) -> bool {
        self.request.target.objects.contains(&need.what)
    }

    /// Whether the target's version has the type already.
    fn target_had(&self, product: &Product, column: &Column) -> bool {
        let odd = |precision: u32, scale: i32| u32::try_from(scale).map_or(true, |scale| scale > precision);
        let odd_scale = matches!(column.ty, Type::Decimal { precision: Some(p), scale: Some(s) } if odd(p, s));
        Dialect::had(&self.target.newer.natives, product.numbers, &bare(&column.native))
            && (!odd_scale || self.target.has(product, &self.target.since.odd_scales))
    }

    /// Types of users and extensions may be missing on the target; enums are created there.
    fn keeps_native(&self, name: &str) -> bool {
        let base = name.trim_end_matches("[]");
        let plain = bare(name);
        let built_in = self.target.types.natives.iter().any(|known| known.eq_ignore_ascii_case(&plain));
        let is_enum = || self.request.schema.enums.iter().any(|kind| named(base, &kind.name));
        built_in || self.same_product && (!self.target.tables.named_enums || is_enum())
    }

    fn fit(&mut self, table: &Table, column: &Column, keyed: bool) -> Fit {
        if let Some(fit) = self.mendix_fit(table, column) {
            return fit;
        }
        let keyed = keyed && !self.is_boolean_attribute(table, column);
        let product = &self.request.target.product;
        match &column.ty {
            Type::Int { bytes: 1, .. } if self.is_flag(column, keyed) => return self.flag(table, column),
            Type::Bits { len: Some(1), fixed: true } if self.flags_become_booleans() && !keyed => {
                return self.boolean("a single bit is false or true");
            }
            Type::Int { unsigned: true, bytes: 8 }
                if column.identity.is_some() && self.target.types.uint8.is_empty() =>
            {
                return self.numbering(table, column);
            }
            Type::Int { .. } if column.native.starts_with("year") => {
                let fit = widen(self.target, product, &Type::int(2));
                return Fit { decision: Decision::Widened("years 1901 to 2155 are whole numbers".into()), ..fit };
            }
            Type::Decimal { precision, scale } => return self.decimal(table, column, *precision, *scale),
            Type::Native { name, .. } => {
                let known = self.source.and_then(|source| source.types.text_lengths.get(name).copied());
                let fit = native_as_text(self.target, product, known);
                let digits = format!("{} has no such type: the bytes are kept as hexadecimal digits", self.target.name);
                return if self.is_read_as_digits(name) {
                    Fit { decision: Decision::Mapped(digits), ..fit }
                } else {
                    fit
                };
            }
            Type::Json { binary: true } if !self.same_engine => return self.parsed_json(),
            Type::Text { max, fixed: true } if self.source_strips_padding() => {
                let fit = widen(self.target, product, &Type::Text { max: *max, fixed: false });
                let why = "trailing blanks of CHAR carry no meaning and are not delivered".into();
                return Fit { decision: Decision::Mapped(why), ..fit };
            }
            _ => {}
        }
        widen(self.target, product, &column.ty)
    }

    fn source_strips_padding(&self) -> bool {
        self.request.source_engine == Engine::MySql && !self.same_engine
    }

    fn flags_become_booleans(&self) -> bool {
        self.source.is_some_and(|source| source.types.boolean_is_integer) && !self.target.types.boolean_is_integer
    }

    fn is_flag(&self, column: &Column, keyed: bool) -> bool {
        self.flags_become_booleans() && !keyed && column.identity.is_none() && column.native.starts_with("tinyint(1)")
    }

    fn boolean(&self, why: &str) -> Fit {
        let fit = widen(self.target, &self.request.target.product, &Type::Bool);
        Fit { decision: Decision::Mapped(why.into()), ..fit }
    }

    /// `tinyint(1)` may hold anything from −128 to 127; only its data say whether it is a boolean.
    fn flag(&mut self, table: &Table, column: &Column) -> Fit {
        let answer = self.data.ask(&table.name, Probe::Range { column: column.name.clone() });
        let inside = |bound: Option<i128>| bound.is_none_or(|value| value == 0 || value == 1);
        match answer {
            Some(answer) if inside(answer.min) && inside(answer.max) => self.boolean("it holds only 0, 1 and NULL"),
            _ => {
                let fit = widen(self.target, &self.request.target.product, &column.ty);
                Fit {
                    decision: Decision::Widened("it holds other values than 0 and 1, so it is no boolean".into()),
                    ..fit
                }
            }
        }
    }

    /// An unsigned numbering column: only signed integers number themselves here, and its values fit one.
    fn numbering(&mut self, table: &Table, column: &Column) -> Fit {
        let highest = i128::from(i64::MAX);
        let next = column.identity.as_ref().and_then(|identity| identity.next);
        let fits = next.is_some_and(|next| next <= highest)
            || self
                .data
                .ask(&table.name, Probe::Range { column: column.name.clone() })
                .is_none_or(|answer| answer.max.is_none_or(|max| max <= highest));
        let product = &self.request.target.product;
        if !fits {
            let object = format!("{}.{}", table.name, column.name);
            let text = "it numbers itself beyond 9223372036854775807, which no numbering column of the target reaches";
            self.find(Finding::warning("identity-not-copied", object, text).help("number new rows in the application"));
            return widen(self.target, product, &column.ty);
        }
        let fit = widen(self.target, product, &Type::int(8));
        Fit { decision: Decision::Mapped("numbering columns are signed; all its values fit".into()), ..fit }
    }

    /// Documents of another engine keep their text: parsing would reorder keys and round numbers.
    fn parsed_json(&self) -> Fit {
        let fit = widen(self.target, &self.request.target.product, &Type::Json { binary: false });
        match fit.decision {
            Decision::Exact => Fit { decision: Decision::Mapped("the document's text is kept as it is".into()), ..fit },
            _ => fit,
        }
    }

    fn decimal(&mut self, table: &Table, column: &Column, precision: Option<u32>, scale: Option<i32>) -> Fit {
        let product = &self.request.target.product;
        let declared = widen(self.target, product, &column.ty);
        if !declared.as_text {
            return declared;
        }
        let probe = Probe::DecimalDigits { column: column.name.clone() };
        let (most, most_scale) = (self.target.limits.decimal_precision, self.target.limits.decimal_scale);
        let Some(answer) = self.data.ask(&table.name, probe) else {
            return declared;
        };
        let (before, after) = (answer.min.unwrap_or(0).max(0), answer.max.unwrap_or(0).max(0));
        let kept = if after <= FREE_SCALE && before <= i128::from(most) - FREE_SCALE { FREE_SCALE } else { after };
        if kept > i128::from(most_scale) || before + kept > i128::from(most) {
            return declared;
        }
        let fit = widen(self.target, product, &Type::decimal(most, kept as i32));
        let why = match (precision, scale_of(precision, scale)) {
            (Some(p), Some(s)) => format!("numeric({p},{s}) is too large here, but all its values fit"),
            _ => "it has no declared bound; all its values fit".to_string(),
        };
        Fit { decision: Decision::Mapped(why), ..fit }
    }
}

fn scale_of(precision: Option<u32>, scale: Option<i32>) -> Option<i32> {
    Some(plain_decimal(precision?, scale?).1)
}

/// Name of a type without its length and array brackets.
fn bare(name: &str) -> String {
    let base = name.trim_end_matches("[]");
    match (base.find('('), base.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &base[..open], &base[close + 1..]).trim().to_string()
        }
        _ => base.trim().to_string(),
    }
}

/// Spelled with letters, digits, blanks and brackets only: safe in a statement.
fn is_plain(native: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | ',' | '-' | '_');
    !native.is_empty() && !native.contains("--") && native.chars().all(allowed)
}
