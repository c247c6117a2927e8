//! Reads one SQL expression of the source, and nothing but one expression.

use super::Dialect;
use sqlparser::ast::{Expr, UnaryOperator, Value};
use sqlparser::dialect::{Dialect as Grammar, GenericDialect, MySqlDialect, PostgreSqlDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Parentheses deeper than this are refused rather than followed.
const DEPTH: usize = 40;

fn grammar(parser: &str) -> Box<dyn Grammar> {
    match parser {
        "postgresql" => Box::new(PostgreSqlDialect {}),
        "mysql" => Box::new(MySqlDialect {}),
        _ => Box::new(GenericDialect {}),
    }
}

/// Parses `text` as one expression of `dialect`.
pub(super) fn parse(dialect: Option<&Dialect>, text: &str) -> Result<Expr, String> {
    let grammar = grammar(dialect.map_or("", |dialect| dialect.parser.as_str()));
    let mut parser = Parser::new(grammar.as_ref())
        .with_recursion_limit(DEPTH)
        .try_with_sql(text)
        .map_err(|_| "it cannot be read".to_string())?;
    let expression = parser.parse_expr().map_err(|_| "it cannot be read".to_string())?;
    match parser.peek_token().token {
        Token::EOF => Ok(expression),
        _ => Err("it is more than one expression".into()),
    }
}

/// All words of a statement, keywords among them, without their quotes.
///
/// # Errors
/// One sentence if it cannot be cut into words.
pub(crate) fn words(dialect: &Dialect, text: &str) -> Result<Vec<String>, String> {
    let word = |token| match token {
        Token::Word(word) => Some(word.value),
        _ => None,
    };
    Ok(tokens(dialect, text)?.into_iter().filter_map(word).collect())
}

fn tokens(dialect: &Dialect, text: &str) -> Result<Vec<Token>, String> {
    let grammar = grammar(&dialect.parser);
    Tokenizer::new(grammar.as_ref(), text).tokenize().map_err(|_| "it cannot be read".to_string())
}

/// Names in an expression of the same engine that holds only functions which the target has, and no query.
pub(super) fn names_in(dialect: &Dialect, has: &dyn Fn(&str) -> bool, text: &str) -> Result<Vec<String>, String> {
    parse(Some(dialect), text)?;
    let mut names = Vec::new();
    let tokens = tokens(dialect, text)?;
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        if word.quote_style.is_none() && matches!(word.keyword, Keyword::SELECT | Keyword::WITH | Keyword::TABLE) {
            return Err("it holds a query".into());
        }
        let called = matches!(tokens.get(at + 1), Some(Token::LParen));
        let of_schema = at > 0 && matches!(tokens[at - 1], Token::Period);
        let name = word.value.to_lowercase();
        if called && (of_schema || !(is_grammar(&name) || has(&name))) {
            return Err(format!("it uses {name}, which may not exist on the target"));
        }
        if !called {
            names.push(word.value.clone());
        }
    }
    Ok(names)
}

/// Words that stand before a bracket without being functions.
fn is_grammar(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "all",
        "and",
        "any",
        "array",
        "as",
        "between",
        "binary",
        "bit",
        "bpchar",
        "by",
        "case",
        "cast",
        "char",
        "character",
        "datetime",
        "decimal",
        "double",
        "else",
        "escape",
        "exists",
        "filter",
        "float",
        "from",
        "if",
        "ilike",
        "in",
        "interval",
        "is",
        "like",
        "not",
        "null",
        "numeric",
        "on",
        "or",
        "regexp",
        "rlike",
        "row",
        "signed",
        "similar",
        "some",
        "then",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "to",
        "unsigned",
        "using",
        "values",
        "varbinary",
        "varbit",
        "varchar",
        "varying",
        "when",
        "xor",
    ];
    WORDS.contains(&word)
}

/// Strips brackets, charset introducers, collations and, from literals, casts.
pub(super) fn core(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => core(inner),
        Expr::Prefixed { prefix, value } if prefix.value.starts_with('_') => core(value),
        Expr::Cast { expr: inner, .. } if is_literal(core(inner)) => core(inner),
        other => other,
    }
}

/// Whether this is a literal, perhaps with a sign.
pub(super) fn is_literal(expression: &Expr) -> bool {
    match expression {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
            matches!(core(expr), Expr::Value(value) if matches!(value.value, Value::Number(..)))
        }
        Expr::TypedString(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::load;

    #[test]
    fn only_one_expression_without_queries() {
        let pg = load("postgresql").unwrap();
        let names = |version, text: &str| names_in(pg, &|name| pg.has_function((version, 0, 0), name), text);
        assert!(parse(Some(pg), "1; DROP TABLE t").is_err());
        assert!(parse(Some(pg), "1) , x int").is_err());
        assert!(names(15, "((price > (0)::numeric) AND (lower(name) <> ''::text))").is_ok());
        assert!(names(15, "(select 1)").is_err());
        assert!(names(17, "uuidv7()").is_err() && names(18, "uuidv7()").is_ok());
        assert!(names(15, "public.f(a)").is_err() && names(15, "pg_sleep(1)").is_err());
        assert!(names(15, "((status)::text = ANY ((ARRAY['a'::character varying])::text[]))").is_ok());
        assert!(names(15, &"(".repeat(500)).is_err());
    }
}
