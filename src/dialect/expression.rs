//! Translates conditions and computed values through their syntax tree, by an allow-list, with our own printer.

use super::Dialect;
use super::functions;
use super::parse::{core, is_literal, names_in, parse};
use crate::types::Type;
use sqlparser::ast::{BinaryOperator, CaseWhen, CeilFloorKind, DataType, Expr, UnaryOperator, Value};

/// Kind of value, as far as the two engines must agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Condition.
    Bool,
    /// Number.
    Number,
    /// Text.
    Text,
    /// Date or time.
    Time,
    /// NULL.
    Null,
    /// Anything else.
    Other,
}

/// Class of a type's values.
pub(crate) fn class(ty: &Type) -> Class {
    match ty {
        Type::Bool => Class::Bool,
        Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. } => Class::Number,
        Type::Text { .. } | Type::Enum { .. } => Class::Text,
        Type::Date | Type::Time { duration: false, .. } | Type::Timestamp { .. } => Class::Time,
        _ => Class::Other,
    }
}

/// What an expression says about a column.
pub(crate) struct ColumnUse {
    /// Quoted name on the target.
    pub(crate) name: String,
    /// Class on the source.
    pub(crate) class: Class,
    /// Why expressions with it would mean something else on the target.
    pub(crate) obstacle: Option<&'static str>,
}

/// Translates expressions from one dialect to another.
pub(crate) struct Translator<'a> {
    /// The source's dialect, where it has one.
    pub(crate) source: Option<&'a Dialect>,
    /// The target's dialect.
    pub(crate) target: &'a Dialect,
    /// Whether the target has a function of this name, in lower case.
    pub(crate) has_function: &'a dyn Fn(&str) -> bool,
    /// Both ends are of one product: its built-in functions may stay.
    pub(crate) same_product: bool,
    /// Both ends are of one engine (MySQL and MariaDB are): so may those that both have.
    pub(crate) same_engine: bool,
    /// The value itself is stored: it must be equal to the last bit, not only as a condition.
    pub(crate) exact: bool,
    /// Finds a column by its source name.
    pub(crate) columns: &'a dyn Fn(&str) -> Option<ColumnUse>,
}

/// Text and class, or why there is none.
pub(super) type Printed = Result<(String, Class), String>;

impl Translator<'_> {
    /// The expression in the target's dialect.
    ///
    /// # Errors
    /// One sentence saying why it cannot be translated.
    pub(crate) fn translate(&self, text: &str) -> Result<String, String> {
        let expression = parse(self.source, text)?;
        if self.same_product {
            return self.kept(text);
        }
        let printed = self.print(&expression).map(|(text, _)| text);
        match printed {
            Err(_) if self.same_engine && !(self.exact && text.to_lowercase().contains("json")) => self.kept(text),
            printed => printed,
        }
    }

    /// The source's own text, if it holds nothing that the target does not know.
    fn kept(&self, text: &str) -> Result<String, String> {
        for name in names_in(self.target, self.has_function, text)? {
            let obstacle = (self.columns)(&name).and_then(|column| column.obstacle);
            if let Some(obstacle) = obstacle {
                return Err(format!("column {name} {obstacle}"));
            }
        }
        Ok(text.trim().to_string())
    }

    /// Prints a parsed expression.
    pub(super) fn print(&self, expression: &Expr) -> Printed {
        match expression {
            Expr::Nested(inner) => self.print(inner).map(|(text, class)| (format!("({text})"), class)),
            Expr::Identifier(name) => self.column(&name.value),
            Expr::CompoundIdentifier(names) => self.column(names.last().map_or("", |name| name.value.as_str())),
            Expr::Value(value) => self.value(&value.value),
            Expr::Prefixed { prefix, value } if prefix.value.starts_with('_') => self.print(value),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::IsNull(inner) => self.suffixed(inner, "IS NULL"),
            Expr::IsNotNull(inner) => self.suffixed(inner, "IS NOT NULL"),
            Expr::IsTrue(inner) => self.condition(inner).map(|text| (format!("{text} IS TRUE"), Class::Bool)),
            Expr::IsFalse(inner) => self.condition(inner).map(|text| (format!("{text} IS FALSE"), Class::Bool)),
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                self.in_list(left, array(right).ok_or_else(|| refused("ANY"))?, false)
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
                self.in_list(left, array(right).ok_or_else(|| refused("ALL"))?, true)
            }
            Expr::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => self.like(*negated, expr, pattern),
            Expr::Cast { expr, data_type, .. } => self.cast(expr, data_type),
            Expr::Case { operand: None, conditions, else_result, .. } => self.case(conditions, else_result.as_deref()),
            Expr::Function(function) => functions::call(self, function),
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
                self.text_function("trim", expr)
            }
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(_) } => self.number_function("floor", expr),
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(_) } => self.number_function("ceiling", expr),
            _ => Err("it uses a construct that is not translated".into()),
        }
    }

    fn column(&self, name: &str) -> Printed {
        let column = (self.columns)(name).ok_or_else(|| "it names something that is no column".to_string())?;
        match column.obstacle {
            None => Ok((column.name, column.class)),
            Some(obstacle) => Err(format!("column {name} {obstacle}")),
        }
    }

    fn value(&self, value: &Value) -> Printed {
        match value {
            Value::Number(digits, _) => Ok((digits.clone(), Class::Number)),
            Value::SingleQuotedString(text)
            | Value::EscapedStringLiteral(text)
            | Value::NationalStringLiteral(text) => Ok((self.target.literal(text), Class::Text)),
            Value::Boolean(true) => Ok(("TRUE".into(), Class::Bool)),
            Value::Boolean(false) => Ok(("FALSE".into(), Class::Bool)),
            Value::Null => Ok(("NULL".into(), Class::Null)),
            _ => Err("it holds a literal that is not translated".into()),
        }
    }

    fn unary(&self, op: UnaryOperator, inner: &Expr) -> Printed {
        match op {
            UnaryOperator::Minus | UnaryOperator::Plus => {
                let sign = if op == UnaryOperator::Minus { "-" } else { "+" };
                self.number(inner).map(|text| (format!("{sign}{text}"), Class::Number))
            }
            UnaryOperator::Not => self.condition(inner).map(|text| (format!("NOT {text}"), Class::Bool)),
            _ => Err(refused(&op.to_string())),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Printed {
        use BinaryOperator as Op;
        let sign = match op {
            Op::And | Op::Or => {
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                return Ok((format!("{left} {op} {right}"), Class::Bool));
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Modulo => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                return Ok((format!("{left} {op} {right}"), Class::Number));
            }
            Op::StringConcat if self.source.is_some_and(|source| !source.expressions.concat.is_empty()) => {
                return self.concat(&[self.text(left)?, self.text(right)?]);
            }
            Op::Eq => "=",
            Op::NotEq => "<>",
            Op::Lt => "<",
            Op::LtEq => "<=",
            Op::Gt => ">",
            Op::GtEq => ">=",
            other => return Err(refused(&other.to_string())),
        };
        let ((left, a), (right, b)) = (self.print(left)?, self.print(right)?);
        comparable(a, b)?;
        Ok((format!("{left} {sign} {right}"), Class::Bool))
    }

    fn suffixed(&self, inner: &Expr, suffix: &str) -> Printed {
        self.print(inner).map(|(text, _)| (format!("{text} {suffix}"), Class::Bool))
    }

    fn in_list(&self, inner: &Expr, list: &[Expr], negated: bool) -> Printed {
        let (text, class) = self.print(inner)?;
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            let (item, item_class) = self.print(core(item))?;
            comparable(class, item_class)?;
            items.push(item);
        }
        let word = if negated { "NOT IN" } else { "IN" };
        Ok((format!("{text} {word} ({})", items.join(", ")), Class::Bool))
    }

    fn between(&self, inner: &Expr, negated: bool, low: &Expr, high: &Expr) -> Printed {
        let ((text, class), (low, a), (high, b)) = (self.print(inner)?, self.print(low)?, self.print(high)?);
        comparable(class, a)?;
        comparable(class, b)?;
        let word = if negated { "NOT BETWEEN" } else { "BETWEEN" };
        Ok((format!("{text} {word} {low} AND {high}"), Class::Bool))
    }

    fn like(&self, negated: bool, inner: &Expr, pattern: &Expr) -> Printed {
        let (text, pattern) = (self.text(inner)?, self.text(pattern)?);
        let word = if negated { "NOT LIKE" } else { "LIKE" };
        Ok((format!("{text} {word} {pattern}"), Class::Bool))
    }

    /// Casts fall away where both engines compare the values alike without them.
    fn cast(&self, inner: &Expr, data_type: &DataType) -> Printed {
        let (text, class) = self.print(inner)?;
        let to = cast_class(data_type).ok_or_else(|| "it casts to a type that is not translated".to_string())?;
        match (class, to) {
            (from, to) if from == to => Ok((text, to)),
            (Class::Text, Class::Time) if is_literal(core(inner)) => Ok((text, Class::Time)),
            (Class::Text, Class::Number) if is_literal(core(inner)) => functions::number_literal(core(inner)),
            (Class::Null, _) => Ok((text, class)),
            _ => Err("it casts between kinds of values".into()),
        }
    }

    fn case(&self, conditions: &[CaseWhen], otherwise: Option<&Expr>) -> Printed {
        let mut text = "CASE".to_string();
        let mut kind = Class::Null;
        for when in conditions {
            let (result, class) = self.print(&when.result)?;
            comparable(kind, class)?;
            kind = if class == Class::Null { kind } else { class };
            text.push_str(&format!(" WHEN {} THEN {result}", self.condition(&when.condition)?));
        }
        if let Some(otherwise) = otherwise {
            let (result, class) = self.print(otherwise)?;
            comparable(kind, class)?;
            text.push_str(&format!(" ELSE {result}"));
        }
        Ok((text + " END", kind))
    }

    /// An operand that must be a condition.
    pub(super) fn condition(&self, inner: &Expr) -> Result<String, String> {
        self.operand(inner, Class::Bool, "a condition")
    }

    /// An operand that must be a number.
    pub(super) fn number(&self, inner: &Expr) -> Result<String, String> {
        self.operand(inner, Class::Number, "a number")
    }

    /// An operand that must be text.
    pub(super) fn text(&self, inner: &Expr) -> Result<String, String> {
        self.operand(inner, Class::Text, "text")
    }

    fn operand(&self, inner: &Expr, wanted: Class, what: &str) -> Result<String, String> {
        match self.print(inner)? {
            (text, class) if class == wanted || class == Class::Null => Ok(text),
            _ => Err(format!("it takes something for {what} that is none")),
        }
    }

    /// A function of one text.
    pub(super) fn text_function(&self, name: &str, inner: &Expr) -> Printed {
        self.text(inner).map(|text| (format!("{name}({text})"), Class::Text))
    }

    /// A function of one number.
    pub(super) fn number_function(&self, name: &str, inner: &Expr) -> Printed {
        self.number(inner).map(|text| (format!("{name}({text})"), Class::Number))
    }

    /// Joined texts that are NULL where one of them is.
    pub(super) fn concat(&self, texts: &[String]) -> Printed {
        let operator = &self.target.expressions.concat;
        let text = if operator.is_empty() {
            format!("concat({})", texts.join(", "))
        } else {
            format!("({})", texts.join(&format!(" {operator} ")))
        };
        Ok((text, Class::Text))
    }
}

pub(super) fn refused(what: &str) -> String {
    format!("it uses {what}, which is not translated")
}

/// Whether both engines compare values of these classes alike.
pub(super) fn comparable(a: Class, b: Class) -> Result<(), String> {
    let literal_time = matches!((a, b), (Class::Time, Class::Text) | (Class::Text, Class::Time));
    if a == b && a != Class::Other || a == Class::Null || b == Class::Null || literal_time {
        Ok(())
    } else {
        Err("it compares different kinds of values".into())
    }
}

fn array(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => array(inner),
        Expr::Array(array) => Some(&array.elem),
        _ => None,
    }
}

fn cast_class(data_type: &DataType) -> Option<Class> {
    let text = data_type.to_string().to_lowercase();
    let base = text.split('(').next().unwrap_or("").trim();
    match base {
        "text" | "varchar" | "character varying" | "bpchar" => Some(Class::Text),
        "numeric" | "decimal" | "int" | "integer" | "bigint" | "smallint" | "double precision" | "real" => {
            Some(Class::Number)
        }
        "date" | "timestamp" | "timestamp without time zone" | "time without time zone" | "datetime" => {
            Some(Class::Time)
        }
        "boolean" | "bool" => Some(Class::Bool),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    fn view<'a>(target: &'a Dialect) -> impl Fn(&str) -> Option<ColumnUse> + 'a {
        move |name| {
            let class = match name {
                "n" | "m" => Class::Number,
                "b" => Class::Bool,
                "d" => Class::Time,
                "s" | "t" => Class::Text,
                _ => return None,
            };
            Some(ColumnUse { name: target.quote(name), class, obstacle: None })
        }
    }

    fn run(from: &str, to: &str, text: &str) -> Result<String, String> {
        let target = load(to).unwrap();
        let columns = view(target);
        let source = Some(load(from).unwrap());
        Translator {
            source,
            target,
            has_function: &|name| target.has_function((15, 0, 0), name),
            same_product: from == to,
            same_engine: from == to,
            exact: false,
            columns: &columns,
        }
        .translate(text)
    }

    #[test]
    fn postgresql_to_mysql() {
        let ok = |text: &str| run("postgresql", "mysql", text).unwrap();
        assert_eq!(ok("((n >= 0) AND (n < 10))"), "((`n` >= 0) AND (`n` < 10))");
        let any = "((s)::text = ANY ((ARRAY['a'::character varying, 'b\\'::character varying])::text[]))";
        assert_eq!(ok(any), r"((`s`) IN ('a', 'b\\'))");
        assert_eq!(ok("(n > (0)::numeric)"), "(`n` > (0))");
        assert_eq!(ok("((s || '-'::text) || t)"), "(concat((concat(`s`, '-')), `t`))");
        assert_eq!(ok("(length(s) > 3)"), "(char_length(`s`) > 3)");
        assert_eq!(ok("((d > '2020-01-01'::date) OR (b IS TRUE))"), "((`d` > '2020-01-01') OR (`b` IS TRUE))");
    }

    #[test]
    fn mysql_to_postgresql() {
        let ok = |text: &str| run("mysql", "postgresql", text).unwrap();
        assert_eq!(ok("(`n` between 1 and 5)"), r#"("n" BETWEEN 1 AND 5)"#);
        assert_eq!(ok("concat(`s`,_utf8mb4'-',`t`)"), r#"("s" || '-' || "t")"#);
        assert_eq!(ok("length(`s`)"), r#"octet_length("s")"#);
        assert_eq!(ok("if((`n` > 1),`n`,0)"), r#"CASE WHEN ("n" > 1) THEN "n" ELSE 0 END"#);
        assert_eq!(ok("ifnull(`n`,`m`) + 1"), r#"coalesce("n", "m") + 1"#);
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        for text in
            ["n / 2", "(select 1)", "f(n)", "s ~ 'x'", "b = 1", "n = 'x'", "x > 1", "now()", "n::xml", "greatest(n, m)"]
        {
            assert!(run("postgresql", "mysql", text).is_err(), "{text}");
        }
        assert!(run("mysql", "postgresql", "s || t").is_err());
    }
}
