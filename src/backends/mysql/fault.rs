//! What can go wrong on a MySQL connection, and how it becomes an error without row data in it.

use crate::error::{Error, ErrorKind, NO_ROOM, Nature};
use crate::large::Break;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Failure of one exchange with the server.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection.
    Io(io::Error),
    /// The server said something that the protocol does not allow.
    Protocol(&'static str),
    /// The server refused.
    Server(ServerFault),
    /// An error of ours on the way (a sink, a cancelled lane).
    Ours(Error),
}

/// An error packet.
#[derive(Clone, Debug)]
pub(super) struct ServerFault {
    /// Error number.
    pub(super) code: u16,
    /// SQLSTATE.
    pub(super) state: String,
    /// Message as sent; never shown unmasked.
    message: String,
}

impl ServerFault {
    /// Parses an error packet (its first byte is 0xFF).
    pub(super) fn parse(packet: &[u8]) -> ServerFault {
        let code = packet.get(1..3).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let rest = packet.get(3..).unwrap_or_default();
        let (state, message) = match rest {
            [b'#', tail @ ..] if tail.len() >= 5 => tail.split_at(5),
            _ => (&b"HY000"[..], rest),
        };
        ServerFault {
            code,
            state: String::from_utf8_lossy(state).into_owned(),
            message: String::from_utf8_lossy(message).into_owned(),
        }
    }

    /// A warning, which is masked like an error.
    pub(super) fn warning(code: u16, message: &str) -> ServerFault {
        ServerFault { code, state: "01000".to_string(), message: message.to_string() }
    }

    /// The message with everything that may be row data removed.
    pub(super) fn masked(&self) -> Cow<'_, str> {
        if quotes_names_only(self.code) { Cow::Borrowed(&self.message) } else { Cow::Owned(mask(&self.message)) }
    }
}

impl fmt::Display for ServerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name may hold a line break or an escape sequence: a message stays one line.
        let text: String = self.masked().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        write!(f, "server error {} ({}): {text}", self.code, self.state)
    }
}

impl StdError for ServerFault {}

/// Messages that quote names of accounts and objects, and no values.
fn quotes_names_only(code: u16) -> bool {
    matches!(
        code,
        1005 | 1007 | 1008 | 1022 | 1040..=1051 | 1054 | 1060 | 1061 | 1068..=1075 | 1089 | 1091 | 1101 | 1109
            | 1113..=1118 | 1130 | 1142..=1147 | 1163 | 1166 | 1167 | 1170 | 1171 | 1176 | 1193 | 1205 | 1213
            | 1214 | 1215 | 1227 | 1231 | 1235 | 1264 | 1265 | 1273 | 1280..=1283 | 1286 | 1290 | 1298 | 1364
            | 1370 | 1406 | 1412 | 1419 | 1524 | 1553 | 1698 | 1709 | 1786 | 1792 | 1813 | 1820 | 1822 | 1824
            | 1826 | 1830 | 1832 | 1834 | 1862 | 1901 | 1907 | 3098 | 3105..=3109 | 3144 | 3159 | 3730 | 3750 | 3780
            | 3948
    )
}

/// Replaces everything between the first quote and the last one, except a column or key name at the
/// end: the value itself may hold quotes, so nothing between them can be trusted.
fn mask(message: &str) -> String {
    let Some(first) = message.find(['\'', '"']) else { return message.to_string() };
    let tail = [" for column ", " for key ", " at row "].iter().filter_map(|m| message.rfind(m)).max();
    let end = match tail {
        Some(at) if at > first => at,
        _ => message.rfind(['\'', '"']).map_or(message.len(), |at| at + 1),
    };
    format!("{}'…'{}", &message[..first], &message[end..])
}

impl From<Break> for Fault {
    fn from(broken: Break) -> Self {
        match broken {
            Break::Io(error) => Fault::Io(error),
            Break::Sink(error) => Fault::Ours(error),
        }
    }
}

impl Fault {
    /// The server's error number, if it was the server.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Fault::Server(server) => Some(server.code),
            _ => None,
        }
    }

    /// Whether the account lacks a privilege.
    pub(super) fn is_privilege(&self) -> bool {
        matches!(self.code(), Some(1044 | 1142 | 1143 | 1227 | 1370))
    }

    /// Becomes an error that says `what` failed; the server's words are its cause.
    pub(super) fn error(self, kind: ErrorKind, what: impl Into<String>) -> Error {
        let nature = self.nature();
        self.plain_error(kind, what).nature(nature)
    }

    fn plain_error(self, kind: ErrorKind, what: impl Into<String>) -> Error {
        match self {
            Fault::Ours(error) => error,
            Fault::Server(server) if is_full(server.code) => Error::new(kind, what).help(NO_ROOM).caused_by(server),
            Fault::Server(server) => Error::new(kind, what).caused_by(server),
            Fault::Protocol(text) => Error::new(kind, what)
                .caused_by(text)
                .help("check that nothing between here and the server rewrites the traffic"),
            Fault::Io(cause) => Error::new(kind, what)
                .help("the connection broke: check the server's log and the network")
                .caused_by(cause),
        }
    }
}

impl Fault {
    /// Whether trying again may help.
    fn nature(&self) -> Nature {
        match self {
            Fault::Ours(error) => error.how(),
            // What cannot be understood now cannot be understood later.
            Fault::Io(error) if error.kind() == io::ErrorKind::InvalidData => Nature::Permanent,
            Fault::Io(_) => Nature::Lost,
            Fault::Protocol(_) => Nature::Permanent,
            // MariaDB's way of saying that a foreign key is there.
            Fault::Server(server) if server.code == 1005 && server.message.contains("errno: 121") => Nature::Exists,
            Fault::Server(server) => nature(server.code),
        }
    }
}

/// Disk full, table full (InnoDB's way of saying so), and writes that failed for want of room.
fn is_full(code: u16) -> bool {
    matches!(code, 3 | 1021 | 1026 | 1114)
}

/// What a server's error number says about trying again.
fn nature(code: u16) -> Nature {
    match code {
        // Shutdown, killed session, too many connections, timeouts that end sessions.
        1040 | 1053 | 1077 | 1079 | 1152 | 1153 | 1158..=1161 | 1203 | 1927 | 3168 | 3169 | 4031 => Nature::Lost,
        // Lock wait, deadlock, statement killed or out of time.
        1205 | 1213 | 1317 | 1969 | 3024 | 3058 | 3572 => Nature::Busy,
        // Table, column, key, second primary key, foreign key, check constraint.
        1050 | 1060 | 1061 | 1068 | 1826 | 3822 => Nature::Exists,
        _ => Nature::Permanent,
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Io(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Ours(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: u16, message: &str) -> String {
        ServerFault { code, state: "HY000".into(), message: message.into() }.to_string()
    }

    #[test]
    fn values_are_masked_even_when_they_hold_quotes() {
        let text = fault(1062, "Duplicate entry 'se'cret' for key 'k' x' for key 'PRIMARY'");
        assert_eq!(text, "server error 1062 (HY000): Duplicate entry '…' for key 'PRIMARY'");
        let text = fault(1366, "Incorrect integer value: 'secret' for column `d`.`t`.`c` at row 3");
        assert!(!text.contains("secret"), "{text}");
        assert!(text.ends_with("at row 3"));
        assert!(!fault(3140, "Invalid JSON text: \"x\" at position 1 in value for column 't.c'.").contains("\"x\""));
        assert!(!fault(1064, "error near 'abc' at line 1").contains("abc"));
    }

    #[test]
    fn names_stay() {
        assert!(fault(1146, "Table 'd.t' doesn't exist").contains("'d.t'"));
    }

    #[test]
    fn short_packets_do_not_panic() {
        for n in 0..9 {
            ServerFault::parse(&[0xFF, 1, 2, b'#', 1, 2, 3, 4, 5][..n]);
        }
    }
}
