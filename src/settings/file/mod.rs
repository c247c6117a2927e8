//! Reads a configuration file into a tree whose values remember their line.

mod json;
mod toml;
mod yaml;

use crate::endpoint::Secret;
use std::io::Read;
use std::path::Path;

/// Largest file that is read.
const MAX_BYTES: u64 = 1 << 20;
/// Deepest nesting.
const MAX_DEPTH: usize = 32;
/// Most values, aliases expanded.
const MAX_NODES: usize = 20_000;

/// A value and its line.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) kind: Kind,
}

/// What a value is. Scalars keep the text of the file: `0123` stays `0123`.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Scalar(Secret),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a map, its line and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: u32,
    pub(super) value: Node,
}

/// Why a file cannot be read; line 0 is the file as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileFault {
    pub(super) line: u32,
    pub(super) what: String,
    pub(super) help: String,
}

impl FileFault {
    fn new(line: usize, what: impl Into<String>, help: impl Into<String>) -> Self {
        FileFault { line: u32::try_from(line).unwrap_or(u32::MAX), what: what.into(), help: help.into() }
    }
}

/// Reads a file by the format that its name ends in.
pub(super) fn read(path: &Path) -> Result<Node, FileFault> {
    let parse = parser(path)?;
    let bytes = read_bytes(path, MAX_BYTES)?;
    let text = decode(&bytes)?;
    parse(text)
}

/// Reads text by the format that a name ends in.
#[cfg(any(test, fuzzing))]
pub(super) fn parse_as(name: &Path, text: &str) -> Result<Node, FileFault> {
    parser(name)?(text)
}

/// Reads JSON that did not come from a file.
pub(super) fn read_json(text: &str) -> Result<Node, FileFault> {
    json::parse(text)
}

type Parse = fn(&str) -> Result<Node, FileFault>;

fn parser(path: &Path) -> Result<Parse, FileFault> {
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    match extension.as_deref() {
        Some("yaml" | "yml") => Ok(yaml::parse),
        Some("json") => Ok(json::parse),
        Some("toml") => Ok(toml::parse),
        Some("conf") => {
            Err(FileFault::new(0, "HOCON files are not read", "give the settings as RUNTIME_PARAMS_… variables"))
        }
        _ => Err(FileFault::new(0, "the format is not clear", "name the file .yaml, .yml, .json or .toml")),
    }
}

/// Reads at most `limit` bytes.
pub(super) fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, FileFault> {
    let unreadable = |e: std::io::Error| {
        FileFault::new(0, format!("the file cannot be read: {}", plain(&e)), "check path and permissions")
    };
    if path.is_dir() {
        return Err(FileFault::new(0, "this is a directory", "name a file"));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(FileFault::new(0, format!("the file is larger than {limit} bytes"), "is this the right file?"));
    }
    Ok(bytes)
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    }
}

/// UTF-8 text, byte order mark removed.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, FileFault> {
    const HELP: &str = "save it as UTF-8";
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let line = |at: usize| bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(FileFault::new(0, "the file is UTF-16", HELP));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(FileFault::new(line(at), "the file holds a NUL byte (UTF-16?)", HELP));
    }
    simdutf8::compat::from_utf8(bytes)
        .map_err(|e| FileFault::new(line(e.valid_up_to()), "the file is not valid UTF-8", HELP))
}

/// Turns byte positions into lines.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Lines(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    fn at(&self, position: usize) -> u32 {
        u32::try_from(self.0.partition_point(|newline| *newline < position) + 1).unwrap_or(u32::MAX)
    }
}

/// Counts values, so that no file expands without bound.
#[derive(Default)]
struct Budget(usize);

impl Budget {
    fn spend(&mut self, line: u32, depth: usize) -> Result<(), FileFault> {
        self.0 += 1;
        if depth > MAX_DEPTH {
            return Err(FileFault::new(
                line as usize,
                format!("nested deeper than {MAX_DEPTH} levels"),
                "is this the right file?",
            ));
        }
        if self.0 > MAX_NODES {
            return Err(FileFault::new(
                line as usize,
                format!("more than {MAX_NODES} values"),
                "is this the right file?",
            ));
        }
        Ok(())
    }
}

fn duplicate(line: u32, key: &str) -> FileFault {
    FileFault::new(
        line as usize,
        format!("{} stands twice in the same map", super::names::quoted(key)),
        "remove one of them",
    )
}

#[cfg(test)]
mod tests;
