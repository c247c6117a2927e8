//! A position in the tokens of a statement, and the small steps that parsing takes.

use crate::error::{Error, ErrorKind, Result};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, Tokenizer};

/// Tokens of one statement, and where each stands in it: expressions are kept as they were written.
pub(in super::super) struct Cursor {
    sql: String,
    tokens: Vec<(Token, usize)>,
    at: usize,
}

impl Cursor {
    /// Takes a statement apart.
    ///
    /// # Errors
    /// `Ddl` when a quote is not closed.
    pub(in super::super) fn new(sql: &str) -> Result<Self> {
        let tokens = Tokenizer::new(&GenericDialect {}, sql)
            .with_unescape(false)
            .tokenize_with_location()
            .map_err(|_| Error::new(ErrorKind::Ddl, "the statement cannot be taken apart: a quote is not closed"))?;
        let mut offset = offsets(sql);
        let tokens = tokens
            .into_iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
            .map(|token| (token.token, offset(token.span.start)))
            .collect();
        Ok(Cursor { sql: sql.to_string(), tokens, at: 0 })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn bump(&mut self) {
        self.at += 1;
    }

    /// The statement from one token up to another.
    fn text(&self, from: usize, to: usize) -> &str {
        let start = |at: usize| self.tokens.get(at).map_or(self.sql.len(), |(_, start)| *start);
        self.sql.get(start(from)..start(to)).unwrap_or_default().trim()
    }

    /// Whether nothing but a semicolon is left.
    pub(in super::super) fn at_end(&self) -> bool {
        matches!(self.peek(), None | Some(Token::SemiColon))
    }

    /// # Errors
    /// `Ddl` when something is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.at_end() { Ok(()) } else { Err(self.fault("the statement goes on where it should end")) }
    }

    /// An error at this position; literals are not shown.
    #[cold]
    pub(in super::super) fn fault(&self, what: &str) -> Error {
        let near = match self.peek() {
            None => "at its end".to_string(),
            Some(Token::Word(word)) => format!("near {word}"),
            Some(Token::Comma | Token::LParen | Token::RParen | Token::Eq) => "near a bracket or comma".to_string(),
            Some(_) => "near a literal or sign".to_string(),
        };
        Error::new(ErrorKind::Ddl, format!("{what} ({near})"))
    }

    fn is_keyword(&self, at: usize, keyword: &str) -> bool {
        matches!(self.tokens.get(at), Some((Token::Word(word), _))
            if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(keyword))
    }

    /// Whether these unquoted words stand here; nothing is consumed.
    pub(super) fn sees(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(i, word)| self.is_keyword(self.at + i, word))
    }

    /// Consumes these unquoted words, if all of them stand here.
    pub(in super::super) fn eat(&mut self, words: &str) -> bool {
        let found = self.sees(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// # Errors
    /// `Ddl` when other words stand here.
    pub(super) fn expect(&mut self, words: &str) -> Result<()> {
        if self.eat(words) { Ok(()) } else { Err(self.fault(&format!("expected {}", words.to_uppercase()))) }
    }

    /// Consumes one of `( ) , = -`, if it stands here.
    pub(in super::super) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = matches!(
            (self.peek(), symbol),
            (Some(Token::LParen), '(')
                | (Some(Token::RParen), ')')
                | (Some(Token::Comma), ',')
                | (Some(Token::Eq), '=')
                | (Some(Token::Minus), '-')
        );
        if found {
            self.bump();
        }
        found
    }

    /// # Errors
    /// `Ddl` when another symbol stands here.
    pub(in super::super) fn symbol(&mut self, symbol: char) -> Result<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.fault(&format!("expected {symbol}"))) }
    }

    /// An unquoted word in lower case.
    ///
    /// # Errors
    /// `Ddl` when there is none.
    pub(in super::super) fn word(&mut self) -> Result<String> {
        match self.peek() {
            Some(Token::Word(word)) if word.quote_style.is_none() => {
                let word = word.value.to_ascii_lowercase();
                self.bump();
                Ok(word)
            }
            _ => Err(self.fault("expected a word")),
        }
    }

    /// A quoted name, without its quotes, if one stands here.
    pub(in super::super) fn eat_quoted(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let quote = word.quote_style?;
        let name = word.value.replace(&format!("{quote}{quote}"), &quote.to_string());
        self.bump();
        Some(name)
    }

    /// A name, quoted or as it stands.
    ///
    /// # Errors
    /// `Ddl` when there is none.
    pub(super) fn name(&mut self) -> Result<String> {
        if let Some(name) = self.eat_quoted() {
            return Ok(name);
        }
        match self.peek() {
            Some(Token::Word(word)) => {
                let name = word.value.clone();
                self.bump();
                Ok(name)
            }
            _ => Err(self.fault("expected a name")),
        }
    }

    /// Names in brackets.
    ///
    /// # Errors
    /// `Ddl` when there are none.
    pub(super) fn names(&mut self) -> Result<Vec<String>> {
        self.symbol('(')?;
        let mut names = vec![self.name()?];
        while self.eat_symbol(',') {
            names.push(self.name()?);
        }
        self.symbol(')')?;
        Ok(names)
    }

    /// A number as it is written, with its sign.
    pub(super) fn eat_number(&mut self) -> Option<String> {
        let start = self.at;
        let sign = if self.eat_symbol('-') { "-" } else { "" };
        match self.peek() {
            Some(Token::Number(digits, _)) => {
                let number = format!("{sign}{digits}");
                self.bump();
                Some(number)
            }
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `Ddl` when there is none.
    pub(in super::super) fn integer(&mut self) -> Result<i128> {
        let number = self.eat_number().and_then(|number| number.parse().ok());
        number.ok_or_else(|| self.fault("expected a whole number"))
    }

    /// Whole numbers up to the closing bracket.
    ///
    /// # Errors
    /// `Ddl` when there are none.
    pub(in super::super) fn integers(&mut self) -> Result<Vec<i128>> {
        let mut numbers = vec![self.integer()?];
        while self.eat_symbol(',') {
            numbers.push(self.integer()?);
        }
        self.symbol(')')?;
        Ok(numbers)
    }

    /// A string literal.
    ///
    /// # Errors
    /// `Ddl` when there is none.
    pub(in super::super) fn string(&mut self) -> Result<String> {
        match self.peek() {
            Some(Token::SingleQuotedString(text)) => {
                let text = text.replace("''", "'");
                self.bump();
                Ok(text)
            }
            _ => Err(self.fault("expected a string literal")),
        }
    }

    /// The text up to a comma, the closing bracket or one of `stops`; at least one token.
    ///
    /// # Errors
    /// `Ddl` when there is no text.
    pub(super) fn text_until(&mut self, stops: &[&str]) -> Result<String> {
        let (start, mut depth) = (self.at, 0usize);
        let mut after_is = false;
        while !self.at_end() {
            let stopped = self.at > start && !after_is && stops.iter().any(|stop| self.sees(stop));
            match self.peek() {
                Some(Token::LParen) => depth += 1,
                Some(Token::Comma) if depth == 0 => break,
                Some(Token::RParen) if depth == 0 => break,
                Some(Token::RParen) => depth -= 1,
                _ if depth == 0 && stopped => break,
                _ => {}
            }
            // `IS NOT NULL` is part of an expression, `NOT NULL` alone ends it.
            after_is = self.is_keyword(self.at, "is") || (after_is && self.is_keyword(self.at, "not"));
            self.bump();
        }
        let text = self.text(start, self.at);
        if text.is_empty() { Err(self.fault("expected an expression")) } else { Ok(text.to_string()) }
    }

    /// An expression in brackets, without them.
    ///
    /// # Errors
    /// `Ddl` when it is none.
    pub(super) fn expression(&mut self) -> Result<String> {
        self.symbol('(')?;
        let mut parts = vec![self.text_until(&[])?];
        while self.eat_symbol(',') {
            parts.push(self.text_until(&[])?);
        }
        self.symbol(')')?;
        let text = parts.join(", ");
        self.parsed(&text)?;
        Ok(text)
    }

    /// # Errors
    /// `Ddl` when `text` is no SQL expression.
    pub(super) fn parsed(&self, text: &str) -> Result<()> {
        let dialect = GenericDialect {};
        let whole = Parser::new(&dialect).try_with_sql(text).and_then(|mut parser| {
            parser.parse_expr()?;
            Ok(parser.peek_token().token == Token::EOF)
        });
        match whole {
            Ok(true) => Ok(()),
            _ => Err(self.fault("expected an expression before this")),
        }
    }
}

/// Turns lines and columns, which must come in order, into byte offsets.
fn offsets(sql: &str) -> impl FnMut(Location) -> usize {
    let mut chars = sql.char_indices();
    let (mut line, mut column) = (1, 1);
    move |location| {
        while (line, column) < (location.line, location.column) {
            match chars.next() {
                Some((_, '\n')) => (line, column) = (line + 1, 1),
                Some(_) => column += 1,
                None => break,
            }
        }
        chars.offset()
    }
}
