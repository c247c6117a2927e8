//! A session: statements and their answers.

use super::fault::{Fault, Refusal};
use super::wire::{Frame, HEADER, Message, Wire, cstring, message, query};
use crate::error::{Error, ErrorKind, Result as CrateResult};
use std::rc::Rc;
use std::str::FromStr;

/// Most memory for the answer to one catalog query: several million columns.
const MAX_ANSWER: usize = 512 << 20;

type Result<T> = std::result::Result<T, Fault>;

/// An authenticated session with one server process.
pub(super) struct Session {
    wire: Wire,
    /// Every answer is due soon.
    hurried: bool,
    /// Facts about the server, asked once per session.
    pub(super) server: Server,
}

/// Facts about the server and the chosen schema.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    /// `server_version` as the server states it.
    pub(super) version: String,
    /// Major and minor version.
    pub(super) numbers: (u32, u32, u32),
    /// Encoding of the database.
    pub(super) encoding: String,
    /// Database.
    pub(super) database: String,
    /// User of the session.
    pub(super) user: String,
    /// Number of the session's server process.
    pub(super) process: String,
    /// Schema that is copied.
    pub(super) schema: String,
    /// The session may use the schema.
    pub(super) can_use: bool,
    /// The session may create in the schema.
    pub(super) can_create: bool,
    /// It follows another server and takes no writes.
    pub(super) standby: bool,
    /// Transactions are read-only unless they say otherwise.
    pub(super) read_only: bool,
}

impl Session {
    /// Takes over a wire on which the login is done.
    pub(super) fn new(wire: Wire) -> Self {
        Session { wire, hurried: false, server: Server::default() }
    }

    /// Bytes to the server, as they are. Where the connection breaks, the server's last word is the error.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.wire.send(bytes).map_err(|broken| match self.early_refusal() {
            Ok(Some(refusal)) => Fault::Server(Box::new(refusal)),
            _ => Fault::Io(broken),
        })
    }

    /// The wire below.
    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The next message that answers a request.
    pub(super) fn receive(&mut self) -> Result<Frame<'_>> {
        match self.receive_any()? {
            Message::Whole(frame) => Ok(frame),
            Message::Long(_) => Err(Fault::Protocol("it sent rows that were not asked for")),
        }
    }

    fn receive_any(&mut self) -> Result<Message<'_>> {
        while matches!(self.wire.peek_tag()?, b'N' | b'S' | b'A') {
            self.wire.frame()?;
        }
        Ok(self.wire.next_message()?)
    }

    /// Reads what has arrived without waiting; a refusal among it is returned.
    pub(super) fn early_refusal(&mut self) -> Result<Option<Refusal>> {
        self.wire.poll()?;
        while let Some(frame) = self.wire.next_buffered()? {
            if frame.tag == b'E' {
                return Ok(Some(Refusal::parse(frame.body())));
            }
        }
        Ok(None)
    }

    /// Runs statements without parameters; returns the last command tag.
    pub(super) fn execute(&mut self, sql: &str) -> Result<String> {
        self.send(&query(sql))?;
        self.finish()
    }

    /// Reads to the end of the answer; returns the last command tag.
    pub(super) fn finish(&mut self) -> Result<String> {
        let mut tag = String::new();
        self.answer(|frame| {
            if frame.tag == b'C' {
                tag = text_until_zero(frame.body());
            }
            Ok(())
        })?;
        Ok(tag)
    }

    /// Whether all answers are due soon, as those to the short statements around the rows of a chunk are.
    pub(super) fn hurry(&mut self, hurried: bool) {
        self.hurried = hurried;
        // A connection on which this fails is down; the next use says so.
        let _ = self.wire.stream().expect_bytes(hurried);
    }

    /// Hands every message of an answer to `take`, up to its end; a refusal among them is the error.
    pub(super) fn answer(&mut self, mut take: impl FnMut(Frame<'_>) -> Result<()>) -> Result<()> {
        self.answer_with_rows(|message| match message {
            Message::Whole(frame) => take(frame),
            Message::Long(_) => Err(Fault::Protocol("it sent rows that were not asked for")),
        })
    }

    /// The same for an answer whose rows may be long.
    pub(super) fn answer_with_rows(&mut self, take: impl FnMut(Message<'_>) -> Result<()>) -> Result<()> {
        let outcome = self.rows_of_answer(take);
        // Until its first row a statement may be at work for hours.
        self.wire.stream().expect_bytes(self.hurried)?;
        outcome
    }

    fn rows_of_answer(&mut self, mut take: impl FnMut(Message<'_>) -> Result<()>) -> Result<()> {
        let mut refusal = None;
        loop {
            let frame = match self.receive_any() {
                Ok(Message::Whole(frame)) => frame,
                Ok(long) => {
                    take(long)?;
                    if !self.wire.is_row_read() {
                        return Err(Fault::Protocol("it sent a row that is longer than its columns"));
                    }
                    continue;
                }
                // A dying server says why and hangs up.
                Err(broken) => return Err(refusal.map_or(broken, Fault::Server)),
            };
            match frame.tag {
                b'Z' => return refusal.map_or(Ok(()), |refusal| Err(Fault::Server(refusal))),
                b'E' => {
                    refusal.get_or_insert_with(|| Box::new(Refusal::parse(frame.body())));
                }
                b'G' => self.refuse_copy()?,
                tag => {
                    take(Message::Whole(frame))?;
                    if matches!(tag, b'd' | b'D') {
                        self.wire.stream().expect_bytes(true)?;
                    }
                }
            }
        }
    }

    /// A statement of ours never opens a COPY here; the server must not wait for data.
    fn refuse_copy(&mut self) -> Result<()> {
        let mut out = Vec::new();
        message(&mut out, b'f', |out| cstring(out, "no data"));
        self.send(&out)
    }

    /// Runs one statement with text parameters; all rows as text.
    pub(super) fn rows(&mut self, sql: &str, parameters: &[&str]) -> Result<Vec<Row>> {
        self.send(&extended(sql, parameters))?;
        let mut names = Rc::new(Vec::new());
        let (mut rows, mut bytes) = (Vec::new(), 0);
        self.answer(|frame| {
            match frame.tag {
                b'T' => names = Rc::new(column_names(frame.body())?),
                b'D' => {
                    let values = row_values(frame.body())?;
                    bytes += frame.whole.len() + size_of_val(values.as_slice());
                    if bytes > MAX_ANSWER {
                        return Err(Fault::Protocol("its answer is longer than any catalog"));
                    }
                    rows.push(Row { names: names.clone(), values });
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(rows)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The server cleans up as well when the connection just ends.
        let _ = self.wire.send(&[b'X', 0, 0, 0, 4]);
    }
}

/// Parse, bind, describe, execute and sync of one unnamed statement, all in text.
fn extended(sql: &str, parameters: &[&str]) -> Vec<u8> {
    let mut out = Vec::with_capacity(sql.len() + 128);
    message(&mut out, b'P', |out| {
        out.push(0);
        cstring(out, sql);
        out.extend_from_slice(&[0; 2]);
    });
    message(&mut out, b'B', |out| {
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(parameters.len() as u16).to_be_bytes());
        for parameter in parameters {
            out.extend_from_slice(&(parameter.len() as u32).to_be_bytes());
            out.extend_from_slice(parameter.as_bytes());
        }
        out.extend_from_slice(&[0; 2]);
    });
    message(&mut out, b'D', |out| out.extend_from_slice(b"P\0"));
    message(&mut out, b'E', |out| out.extend_from_slice(&[0; HEADER]));
    message(&mut out, b'S', |_| {});
    out
}

/// A row of a catalog query.
#[derive(Clone, Debug)]
pub(super) struct Row {
    names: Rc<Vec<String>>,
    values: Vec<Option<String>>,
}

impl Row {
    /// All values, in the order of the columns.
    pub(super) fn into_values(self) -> Vec<Option<String>> {
        self.values
    }

    /// A column that may be NULL; also `None` where the query has no such column.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|n| n == name)?;
        self.values.get(at)?.as_deref()
    }

    /// A text column, empty where NULL.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_string()
    }

    /// A boolean column, false where NULL.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("t")
    }

    /// A number column.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> CrateResult<T> {
        let value = self.get(name).unwrap_or_default();
        value.parse().map_err(|_| Error::new(ErrorKind::Introspect, format!("catalog column {name} holds no number")))
    }

    /// A column that holds a JSON array of text.
    pub(super) fn list(&self, name: &str) -> CrateResult<Vec<String>> {
        self.json(name)
    }

    /// A column that holds JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> CrateResult<T> {
        serde_json::from_str(self.get(name).unwrap_or("[]")).map_err(|e| {
            Error::new(ErrorKind::Introspect, format!("catalog column {name} is not as expected")).caused_by(e)
        })
    }
}

/// Text up to the first zero byte.
pub(super) fn text_until_zero(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Takes `n` bytes off the front.
pub(super) fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Result<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(n).ok_or(Fault::Protocol("a message ends too early"))?;
    *bytes = tail;
    Ok(head)
}

/// Takes a 16-bit number off the front.
pub(super) fn take_u16(bytes: &mut &[u8]) -> Result<u16> {
    take(bytes, 2).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

/// Takes a 32-bit number off the front.
pub(super) fn take_i32(bytes: &mut &[u8]) -> Result<i32> {
    take(bytes, 4).map(|b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

fn column_names(mut body: &[u8]) -> Result<Vec<String>> {
    let count = take_u16(&mut body)?;
    let mut names = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let name = text_until_zero(body);
        take(&mut body, name.len() + 1)?;
        take(&mut body, 18)?;
        names.push(name);
    }
    Ok(names)
}

fn row_values(mut body: &[u8]) -> Result<Vec<Option<String>>> {
    let count = take_u16(&mut body)?;
    let mut values = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let length = take_i32(&mut body)?;
        values.push(match usize::try_from(length) {
            Ok(length) => Some(String::from_utf8_lossy(take(&mut body, length)?).into_owned()),
            Err(_) => None,
        });
    }
    Ok(values)
}
