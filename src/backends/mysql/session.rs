//! One session: commands, text results for catalog queries, and prepared reads for table data.

use super::fault::{Fault, ServerFault};
use super::wire::{Packet, Wire};
use crate::net::Stream;
use crate::schema::Product;
use mysql_common::constants::{Command, StatusFlags};
use mysql_common::io::ParseBuf;

/// Most memory for the answer to one catalog query: several million columns.
const MAX_ANSWER: usize = 512 << 20;

/// One row of a text result.
pub(super) type TextRow = Vec<Option<String>>;

/// An authenticated session.
pub(super) struct Session {
    /// Packets.
    pub(super) wire: Wire<Stream>,
    /// Server.
    pub(super) product: Product,
    /// Connection id on the server.
    pub(super) thread: u32,
    /// Warnings that the last query raised while its rows were read.
    pub(super) warnings: u16,
}

/// What an OK packet says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Rows changed.
    pub(super) affected: u64,
    /// Warnings raised.
    pub(super) warnings: u16,
}

/// What the server says of a result column.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireColumn {
    /// Type on the wire.
    pub(super) kind: u8,
    /// Number without sign.
    pub(super) unsigned: bool,
}

/// An executed statement whose rows are on their way.
#[derive(Debug)]
pub(super) struct Cursor {
    statement: u32,
    /// Columns of its rows.
    pub(super) columns: Vec<WireColumn>,
}

/// First packet of an answer.
enum Answer {
    Done(Done),
    Columns(usize),
}

impl Session {
    /// Whether this is MariaDB (else MySQL).
    pub(super) fn is_mariadb(&self) -> bool {
        self.product.name == "MariaDB"
    }

    /// Whether this is MySQL of at least this version.
    pub(super) fn is_mysql_from(&self, version: (u32, u32, u32)) -> bool {
        !self.is_mariadb() && self.product.numbers >= version
    }

    /// Runs a statement that returns no rows.
    pub(super) fn run(&mut self, sql: &str) -> Result<Done, Fault> {
        self.query(sql)?;
        self.done()
    }

    /// Runs a query and returns its rows as text.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>, Fault> {
        self.query(sql)?;
        match self.answer()? {
            Answer::Done(_) => Ok(Vec::new()),
            Answer::Columns(n) => self.collect(n),
        }
    }

    /// The first column of the first row.
    pub(super) fn value(&mut self, sql: &str) -> Result<Option<String>, Fault> {
        Ok(self.rows(sql)?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    /// Sends a statement without waiting for its answer.
    pub(super) fn query(&mut self, sql: &str) -> Result<(), Fault> {
        self.query_bytes(sql.as_bytes())
    }

    /// Sends a statement that is not all text.
    pub(super) fn query_bytes(&mut self, statement: &[u8]) -> Result<(), Fault> {
        let mut payload = Vec::with_capacity(statement.len() + 1);
        payload.push(Command::COM_QUERY as u8);
        payload.extend_from_slice(statement);
        self.wire.command(&payload)
    }

    /// Waits for the outcome of a statement that returns no rows.
    pub(super) fn done(&mut self) -> Result<Done, Fault> {
        match self.answer()? {
            Answer::Done(done) => Ok(done),
            Answer::Columns(n) => {
                self.collect(n)?;
                Ok(Done::default())
            }
        }
    }

    /// Waits for the server's request for the one local file it may ask for.
    pub(super) fn file_request(&mut self, token: &str) -> Result<(), Fault> {
        let packet = self.wire.packet()?;
        match packet.first() {
            Some(0xFB) if &packet[1..] == token.as_bytes() => Ok(()),
            Some(0xFF) => Err(Fault::Server(ServerFault::parse(packet))),
            _ => {
                self.hang_up();
                Err(Fault::Protocol("the server did not ask for the data that was offered to it"))
            }
        }
    }

    /// Prepares a query, executes it and hands over its columns; rows follow from [`Session::next_row`].
    pub(super) fn open_cursor(&mut self, sql: &str) -> Result<Cursor, Fault> {
        let mut payload = Vec::with_capacity(sql.len() + 1);
        payload.push(Command::COM_STMT_PREPARE as u8);
        payload.extend_from_slice(sql.as_bytes());
        self.wire.command(&payload)?;
        let statement = self.prepared()?;
        let mut execute = vec![Command::COM_STMT_EXECUTE as u8];
        execute.extend_from_slice(&statement.to_le_bytes());
        // No cursor, one iteration, no parameters.
        execute.extend_from_slice(&[0, 1, 0, 0, 0]);
        self.wire.command(&execute)?;
        let columns = match self.answer()? {
            Answer::Done(_) => return Err(Fault::Protocol("the query returned no result")),
            Answer::Columns(n) => self.columns(n)?,
        };
        Ok(Cursor { statement, columns })
    }

    fn prepared(&mut self) -> Result<u32, Fault> {
        let packet = self.wire.packet()?;
        if packet.first() == Some(&0xFF) {
            return Err(Fault::Server(ServerFault::parse(packet)));
        }
        let mut buf = ParseBuf(packet);
        let parsed = (|| {
            let (0, id) = (buf.checked_eat_u8()?, buf.checked_eat_u32_le()?) else { return None };
            Some((id, buf.checked_eat_u16_le()?, buf.checked_eat_u16_le()?))
        })();
        let (id, columns, params) = parsed.ok_or(Fault::Protocol("the answer to a prepare is malformed"))?;
        // Definitions come without an EOF packet between them; we only need those of the execution.
        for _ in 0..usize::from(columns) + usize::from(params) {
            self.wire.packet()?;
        }
        Ok(id)
    }

    /// The next row of the open cursor; `None` at its end.
    pub(super) fn next_row(&mut self) -> Result<Option<Packet<'_, Stream>>, Fault> {
        match self.wire.long_packet()? {
            Packet::Whole(packet) => match packet.first() {
                Some(0x00) => Ok(Some(Packet::Whole(packet))),
                Some(0xFE) => {
                    self.warnings = ok(packet).map_or(0, |done| done.warnings);
                    Ok(None)
                }
                Some(0xFF) => Err(Fault::Server(ServerFault::parse(packet))),
                _ => Err(Fault::Protocol("a row packet is malformed")),
            },
            // Nothing but a row is that long.
            long => Ok(Some(long)),
        }
    }

    /// Gives a statement back to the server (which does not answer), after the last row.
    pub(super) fn close_cursor(&mut self, cursor: &Cursor) -> Result<(), Fault> {
        let mut payload = vec![Command::COM_STMT_CLOSE as u8];
        payload.extend_from_slice(&cursor.statement.to_le_bytes());
        self.wire.command(&payload)
    }

    /// Whether the server's next bytes are due soon, as rows and the answers around a chunk's rows are.
    pub(super) fn hurry(&mut self, hurried: bool) {
        // A connection on which this fails is down; the next use says so.
        let _ = self.wire.stream().expect_bytes(hurried);
    }

    /// How the connection is protected, in words.
    pub(super) fn protection(&self, endpoint: &crate::endpoint::Endpoint) -> String {
        self.wire.stream().protection(&endpoint.tls)
    }

    /// Says goodbye; errors do not matter any more.
    pub(super) fn quit(&mut self) {
        let _ = self.wire.command(&[Command::COM_QUIT as u8]);
    }

    /// Ends the connection at once; rows that the server still sends are of no use to anybody.
    pub(super) fn hang_up(&mut self) {
        self.wire.poison();
        self.wire.stream().breaker().cut();
    }

    fn answer(&mut self) -> Result<Answer, Fault> {
        let packet = self.wire.packet()?;
        match packet.first() {
            Some(0x00) => ok(packet).map(Answer::Done),
            Some(0xFF) => Err(Fault::Server(ServerFault::parse(packet))),
            Some(0xFB) => {
                self.hang_up();
                Err(Fault::Protocol("the server asked for a local file that was not offered; the connection was ended"))
            }
            Some(_) => {
                let columns = ParseBuf(packet).checked_eat_lenenc_int().filter(|n| (1..=4096).contains(n));
                columns.map(|n| Answer::Columns(n as usize)).ok_or(Fault::Protocol("an answer is malformed"))
            }
            None => Err(Fault::Protocol("the server sent an empty answer")),
        }
    }

    fn columns(&mut self, n: usize) -> Result<Vec<WireColumn>, Fault> {
        (0..n).map(|_| column(self.wire.packet()?).ok_or(Fault::Protocol("a column definition is malformed"))).collect()
    }

    fn collect(&mut self, n: usize) -> Result<Vec<TextRow>, Fault> {
        self.columns(n)?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        loop {
            let packet = self.wire.packet()?;
            bytes += packet.len() + n * size_of::<Option<String>>();
            if bytes > MAX_ANSWER {
                self.hang_up();
                return Err(Fault::Protocol("its answer is longer than any catalog"));
            }
            match packet.first() {
                // A row can begin with 0xFE too, but then its first value is longer than any OK packet.
                Some(0xFE) if packet.len() < 0xFF_FFFF => {
                    if more_results(packet) {
                        return Err(Fault::Protocol("the server sent more results than were asked for"));
                    }
                    return Ok(rows);
                }
                Some(0xFF) => return Err(Fault::Server(ServerFault::parse(packet))),
                _ => rows.push(text_row(packet, n).ok_or(Fault::Protocol("a row is malformed"))?),
            }
        }
    }
}

fn ok(packet: &[u8]) -> Result<Done, Fault> {
    let mut buf = ParseBuf(packet);
    let parsed = (|| {
        buf.checked_eat_u8()?;
        let affected = buf.checked_eat_lenenc_int()?;
        buf.checked_eat_lenenc_int()?;
        buf.checked_eat_u16_le()?;
        Some(Done { affected, warnings: buf.checked_eat_u16_le()? })
    })();
    parsed.ok_or(Fault::Protocol("an OK packet is malformed"))
}

fn more_results(packet: &[u8]) -> bool {
    let mut buf = ParseBuf(packet);
    let status = (|| {
        buf.checked_eat_u8()?;
        buf.checked_eat_lenenc_int()?;
        buf.checked_eat_lenenc_int()?;
        buf.checked_eat_u16_le()
    })();
    status.is_some_and(|s| StatusFlags::from_bits_truncate(s).contains(StatusFlags::SERVER_MORE_RESULTS_EXISTS))
}

fn column(packet: &[u8]) -> Option<WireColumn> {
    let mut buf = ParseBuf(packet);
    for _ in 0..6 {
        buf.checked_eat_lenenc_str()?;
    }
    buf.checked_eat_lenenc_int()?;
    // Charset and display length.
    buf.checked_eat(6)?;
    let kind = buf.checked_eat_u8()?;
    let flags = buf.checked_eat_u16_le()?;
    Some(WireColumn { kind, unsigned: flags & 32 != 0 })
}

fn text_row(packet: &[u8], n: usize) -> Option<TextRow> {
    let mut buf = ParseBuf(packet);
    let mut row = Vec::with_capacity(n);
    for _ in 0..n {
        if buf.0.first() == Some(&0xFB) {
            buf.checked_eat_u8()?;
            row.push(None);
        } else {
            row.push(Some(String::from_utf8_lossy(buf.checked_eat_lenenc_str()?).into_owned()));
        }
    }
    Some(row)
}

impl Drop for Session {
    fn drop(&mut self) {
        self.quit();
    }
}
