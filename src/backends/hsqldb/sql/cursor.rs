//! Walks over the tokens of one statement.

use super::lexer::{Kind, Token, tokens};
use crate::backends::hsqldb::fault::malformed;
use crate::error::{Error, Result};

/// Position in a statement.
pub(crate) struct Cursor<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

/// A name with the schema it was given, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl<'a> Cursor<'a> {
    /// Stands before the first token.
    ///
    /// # Errors
    /// `Read` when the statement has no tokens that end.
    pub(crate) fn new(sql: &'a str) -> Result<Self> {
        Ok(Cursor { sql, tokens: tokens(sql)?, at: 0 })
    }

    /// The token ahead.
    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    /// Whether these keywords stand ahead.
    pub(crate) fn sees(&self, words: &[&str]) -> bool {
        let word = |(ahead, word): (usize, &&str)| {
            self.peek_at(ahead).is_some_and(|t| t.kind == Kind::Word && t.text == **word)
        };
        words.iter().enumerate().all(word)
    }

    /// Steps over these keywords if they stand ahead.
    pub(crate) fn takes(&mut self, words: &[&str]) -> bool {
        let seen = self.sees(words);
        self.at += if seen { words.len() } else { 0 };
        seen
    }

    /// Steps over a symbol if it stands ahead.
    pub(crate) fn symbol(&mut self, symbol: char) -> bool {
        let seen = self.sees_symbol(symbol);
        self.at += usize::from(seen);
        seen
    }

    /// Whether a symbol stands ahead.
    pub(crate) fn sees_symbol(&self, symbol: char) -> bool {
        self.peek().is_some_and(|t| t.kind == Kind::Symbol && t.text.starts_with(symbol))
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    /// Steps over keywords that must stand here.
    ///
    /// # Errors
    /// `Read` when something else does.
    pub(crate) fn expect(&mut self, words: &[&str]) -> Result<()> {
        if self.takes(words) { Ok(()) } else { Err(self.unexpected(&words.join(" "))) }
    }

    /// Steps over a symbol that must stand here.
    ///
    /// # Errors
    /// `Read` when something else does.
    pub(crate) fn expect_symbol(&mut self, symbol: char) -> Result<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    /// What is wrong here. Names no literal: those are data.
    pub(crate) fn unexpected(&self, wanted: &str) -> Error {
        let found = match self.peek() {
            None => "the end".to_string(),
            Some(t) if t.kind == Kind::Text || t.kind == Kind::Number => "a literal".to_string(),
            Some(t) => format!("`{}`", t.text),
        };
        malformed(format!("a statement has {found} where {wanted} should be"))
    }

    /// An identifier.
    ///
    /// # Errors
    /// `Read` when there is none.
    pub(crate) fn identifier(&mut self) -> Result<String> {
        match self.peek() {
            Some(t) if matches!(t.kind, Kind::Word | Kind::Quoted) => {
                self.at += 1;
                Ok(self.tokens[self.at - 1].text.clone())
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// An identifier with or without schema.
    ///
    /// # Errors
    /// `Read` when there is none.
    pub(crate) fn name(&mut self) -> Result<Name> {
        let mut parts = vec![self.identifier()?];
        while self.symbol('.') {
            parts.push(self.identifier()?);
        }
        let name = parts.pop().unwrap_or_default();
        Ok(Name { schema: parts.pop(), name })
    }

    /// Identifiers between brackets; order words of indexes are told to `each`.
    ///
    /// # Errors
    /// `Read` when the list is malformed.
    pub(crate) fn columns(&mut self, mut each: impl FnMut(&mut Self)) -> Result<Vec<String>> {
        self.expect_symbol('(')?;
        let mut names = Vec::new();
        loop {
            names.push(self.name()?.name);
            each(self);
            if !self.symbol(',') {
                break;
            }
        }
        self.expect_symbol(')')?;
        Ok(names)
    }

    /// A whole number with sign.
    ///
    /// # Errors
    /// `Read` when there is none.
    pub(crate) fn integer(&mut self) -> Result<i128> {
        let negative = self.symbol('-');
        let number = match self.peek() {
            Some(t) if t.kind == Kind::Number => t.text.parse::<i128>().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected("a whole number"))?;
        self.at += 1;
        Ok(if negative { -number } else { number })
    }

    /// The text between brackets that match, without them.
    ///
    /// # Errors
    /// `Read` when they do not match.
    pub(crate) fn bracketed(&mut self) -> Result<&'a str> {
        self.expect_symbol('(')?;
        let from = self.offset();
        let mut depth = 1;
        while let Some(token) = self.next() {
            if token.kind == Kind::Symbol {
                depth += i32::from(token.text == "(") - i32::from(token.text == ")");
            }
            if depth == 0 {
                return Ok(self.sql.get(from..token.from).unwrap_or_default().trim());
            }
        }
        Err(self.unexpected("`)`"))
    }

    /// The text from here to where `stop` says so, outside all brackets.
    pub(crate) fn raw_until(&mut self, stop: impl Fn(&Self) -> bool) -> &'a str {
        let (from, mut to, mut depth) = (self.offset(), self.offset(), 0);
        while let Some(token) = self.peek().cloned() {
            if depth == 0 && stop(self) {
                break;
            }
            if token.kind == Kind::Symbol {
                depth += i32::from(token.text == "(") - i32::from(token.text == ")");
            }
            to = token.to;
            self.at += 1;
        }
        self.sql.get(from..to).unwrap_or_default()
    }

    /// First byte of the token ahead.
    pub(crate) fn offset(&self) -> usize {
        self.peek().map_or(self.sql.len(), |t| t.from)
    }

    /// Nothing is left but perhaps a semicolon.
    ///
    /// # Errors
    /// `Read` when something is.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.symbol(';');
        if self.peek().is_none() { Ok(()) } else { Err(self.unexpected("the end")) }
    }
}
