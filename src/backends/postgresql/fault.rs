//! What goes wrong on the wire, and how a server's refusal becomes an error without row data in it.

use crate::error::{Error, ErrorKind, NO_ROOM, Nature};
use crate::large::Break;
use std::{error, fmt, io};

/// SQLSTATE of a server without room.
const DISK_FULL: &str = "53100";

/// Why a request failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection broke.
    Io(io::Error),
    /// The server answered what the protocol does not allow here.
    Protocol(&'static str),
    /// The server wants a kind of login that we do not do.
    Login(&'static str),
    /// The server refused.
    Server(Box<Refusal>),
    /// The receiver of the rows refused one or is gone; the error is its own.
    Sink(Error),
}

/// An `ErrorResponse`, without the fields that hold row data.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal {
    /// SQLSTATE.
    pub(super) code: String,
    /// Primary message, values masked.
    pub(super) message: String,
    /// Table it names.
    pub(super) table: Option<String>,
    /// Column it names.
    pub(super) column: Option<String>,
    /// Constraint or index it names.
    pub(super) constraint: Option<String>,
    /// Function of the server that refused: it has no translation, as messages have.
    routine: String,
}

impl Fault {
    /// SQLSTATE, if the server refused.
    pub(super) fn code(&self) -> &str {
        match self {
            Fault::Server(refusal) => &refusal.code,
            _ => "",
        }
    }

    /// Whether the server has no room for a row: it says so as of its own memory.
    pub(super) fn is_row_limit(&self) -> bool {
        let Fault::Server(refusal) = self else { return false };
        let message = refusal.message.as_str();
        message.starts_with("invalid memory alloc request size")
            || (refusal.code == "54000" && message.starts_with("out of memory"))
    }

    /// The library's error: `what` was tried, this fault is the cause.
    pub(super) fn error(self, kind: ErrorKind, what: impl Into<String>) -> Error {
        match self {
            Fault::Sink(error) => error,
            fault => {
                let (full, nature) = (fault.code() == DISK_FULL, fault.nature());
                let error = Error::new(kind, what).nature(nature).caused_by(fault);
                if full { error.help(NO_ROOM) } else { error }
            }
        }
    }

    /// Whether trying again may help.
    fn nature(&self) -> Nature {
        match self {
            // What cannot be understood now cannot be understood later.
            Fault::Io(error) if error.kind() == io::ErrorKind::InvalidData => Nature::Permanent,
            Fault::Io(_) => Nature::Lost,
            Fault::Server(refusal) if refusal.is_made_constraint() => Nature::Exists,
            Fault::Server(refusal) => nature(&refusal.code),
            Fault::Protocol(_) | Fault::Login(_) | Fault::Sink(_) => Nature::Permanent,
        }
    }
}

/// What an SQLSTATE says about trying again.
fn nature(code: &str) -> Nature {
    match code {
        // Ended by an administrator, a crash, a start or a shutdown; no connection left; timeouts that end sessions.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "53300" => Nature::Lost,
        code if code.starts_with("08") => Nature::Lost,
        // Serialization, deadlock, lock not available, statement cancelled.
        "40001" | "40P01" | "55P03" | "57014" => Nature::Busy,
        // Table or index, constraint or type, second primary key, column.
        "42P07" | "42710" | "42P16" | "42701" => Nature::Exists,
        _ => Nature::Permanent,
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl From<Break> for Fault {
    fn from(broken: Break) -> Self {
        match broken {
            Break::Io(error) => Fault::Io(error),
            Break::Sink(error) => Fault::Sink(error),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => f.write_str("the server closed the connection"),
            Fault::Io(e) if is_timeout(e) && e.get_ref().is_none() => f.write_str("no answer in time"),
            Fault::Io(e) => write!(f, "the connection failed: {e}"),
            Fault::Protocol(what) => write!(f, "the server does not follow the protocol: {what}"),
            Fault::Login(wish) => write!(f, "the server asks for {wish}"),
            Fault::Server(refusal) => refusal.fmt(f),
            Fault::Sink(e) => e.fmt(f),
        }
    }
}

impl error::Error for Fault {}

/// Whether a wait ran out.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {}", self.message, self.code)?;
        let names = [("table", &self.table), ("column", &self.column), ("constraint", &self.constraint)];
        for (what, name) in names {
            if let Some(name) = name {
                write!(f, ", {what} {name}")?;
            }
        }
        f.write_str(")")
    }
}

impl Refusal {
    /// Reads the body of an `ErrorResponse`. DETAIL is dropped and CONTEXT cut to table, line and column.
    pub(super) fn parse(body: &[u8]) -> Refusal {
        let mut refusal = Refusal::default();
        let mut context = None;
        for field in body.split(|b| *b == 0) {
            let Some((kind, text)) = field.split_first() else { break };
            let text = String::from_utf8_lossy(text).into_owned();
            match kind {
                b'C' => refusal.code = text,
                b'M' => refusal.message = text,
                b't' => refusal.table = Some(text),
                b'c' => refusal.column = Some(text),
                b'n' => refusal.constraint = Some(text),
                b'R' => refusal.routine = text,
                b'W' => context = copy_position(&text),
                _ => {}
            }
        }
        if matches!(refusal.code.get(..2), Some("22" | "P0" | "XX") | None) {
            refusal.message = mask(&refusal.message);
        }
        if let Some(context) = context {
            refusal.message = format!("{}, {context}", refusal.message);
        }
        refusal
    }

    /// Whether the index that was to become a constraint is one. The server refuses indexes that are not valid alike;
    /// ours are built wholly or not at all.
    fn is_made_constraint(&self) -> bool {
        self.code == "55000" && self.routine == "transformIndexConstraint"
    }
}

/// `COPY t, line 3, column c` out of a context that goes on with the value.
fn copy_position(context: &str) -> Option<String> {
    let line = context.lines().find(|line| line.starts_with("COPY "))?;
    let end = line.find(": \"").unwrap_or(line.len());
    line.get(..end).map(str::to_string)
}

/// Replaces everything between double quotes: messages about data quote the value there.
fn mask(message: &str) -> String {
    let mut parts = message.split('"');
    let first = parts.next().unwrap_or("").to_string();
    match message.rfind('"').and_then(|at| message.get(at + 1..)) {
        // Values may hold quotes themselves, so everything from the first to the last quote goes.
        Some(tail) if message.matches('"').count() > 1 => format!("{first}\"…\"{tail}"),
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_never_stay_in_a_refusal() {
        let body = b"SERROR\0C22P02\0Minvalid input syntax for type integer: \"se\"cret\"\0\
                     DKey (a)=(secret)\0WCOPY t, line 3, column c: \"secret\"\0tt\0\0";
        let text = Refusal::parse(body).to_string();
        assert!(!text.contains("cret"), "{text}");
        assert!(text.contains("line 3, column c"), "{text}");
    }

    #[test]
    fn constraints_made_before_are_there() {
        let of = |body: &[u8]| Fault::Server(Box::new(Refusal::parse(body))).nature();
        let made = of(b"C55000\0Mindex \"k\" is already associated with a constraint\0RtransformIndexConstraint\0\0");
        assert_eq!(made, Nature::Exists);
        assert_eq!(of(b"C55000\0Msequence is not yet defined\0Rcurrval_oid\0\0"), Nature::Permanent);
    }

    #[test]
    fn names_of_constraints_stay() {
        let body = b"C23505\0Mduplicate key value violates unique constraint \"k\"\0DKey (a)=(5)\0nk\0\0";
        assert_eq!(
            Refusal::parse(body).to_string(),
            "duplicate key value violates unique constraint \"k\" (SQLSTATE 23505, constraint k)"
        );
    }
}
