//! Parameters of a URL: used, harmless, refused with a reason, or unknown.

use super::{Parts, Problems, decode};
use crate::endpoint::{Engine, Secret};
use crate::settings::fault::Problem;
use crate::settings::names::quoted;
use crate::settings::suggest::{closest, did_you_mean};
use std::collections::HashMap;

/// Parameters that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Use {
    User,
    Password,
    Schema,
    Ssl,
    SslMode,
    RequireSsl,
    VerifyCertificate,
    Ca,
    Certificate,
    CertificateKey,
    Timeout,
    LoginTimeout,
}

/// What is known about the parameters of a driver; names are compared without case and `_`.
pub(super) struct Known {
    pub(super) used: &'static [(&'static str, Use)],
    /// Change nothing that matters to a copy.
    pub(super) harmless: &'static [&'static str],
    /// Names, why they are refused, what to do instead.
    pub(super) refused: &'static [(&'static [&'static str], &'static str, &'static str)],
}

/// The used parameters of a URL.
pub(super) struct Parameters {
    values: HashMap<Use, Secret>,
    pub(super) mariadb: bool,
}

impl Parameters {
    pub(super) fn get(&self, parameter: Use) -> Option<&str> {
        self.values.get(&parameter).map(Secret::expose)
    }

    pub(super) fn secret(&self, parameter: Use) -> Option<Secret> {
        self.values.get(&parameter).cloned()
    }

    /// A switch; a bare name is true.
    pub(super) fn flag(&self, parameter: Use, name: &str) -> Result<Option<bool>, Problem> {
        let Some(text) = self.get(parameter) else { return Ok(None) };
        if text.is_empty() {
            return Ok(Some(true));
        }
        let parsed = crate::settings::options::parse_bool(text).map(Some);
        parsed.map_err(|p| Problem::new(format!("parameter {name} {}", p.what), p.help))
    }

    /// A number of seconds or milliseconds; 0 is the driver's "no limit", which a run does not have.
    pub(super) fn number(&self, parameter: Use, name: &str) -> Result<Option<u64>, Problem> {
        let Some(text) = self.get(parameter) else { return Ok(None) };
        match text.trim().parse::<u32>() {
            Ok(0) => Ok(None),
            Ok(number) => Ok(Some(u64::from(number))),
            Err(_) => Err(Problem::new(format!("parameter {name} is not a whole number"), "write digits only")),
        }
    }
}

/// Reads the query, gathering every problem.
pub(super) fn parse(parts: &Parts<'_>) -> Result<Parameters, Problems> {
    let known = match parts.scheme.engine {
        Engine::MySql => &super::mysql::KNOWN,
        _ => &super::postgresql::KNOWN,
    };
    let mut reader =
        Reader { known, jdbc: parts.scheme.jdbc, values: HashMap::new(), problems: Vec::new(), quotable: true };
    // Without a user in front, an `@` in the query can be the end of a password with an unescaped `?`.
    reader.quotable = parts.user.is_some() || !parts.query.contains('@') || parts.query.contains("user=");
    for item in parts.query.split('&').filter(|item| !item.is_empty()) {
        reader.item(item);
    }
    let Reader { values, problems, .. } = reader;
    let mariadb = parts.scheme.name.contains("mariadb");
    if problems.is_empty() { Ok(Parameters { values, mariadb }) } else { Err(problems) }
}

struct Reader {
    known: &'static Known,
    jdbc: bool,
    values: HashMap<Use, Secret>,
    problems: Problems,
    /// The next name cannot be a piece of a password.
    quotable: bool,
}

impl Reader {
    fn item(&mut self, item: &str) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let decoded = decode(name, self.jdbc).and_then(|name| decode(value, self.jdbc).map(|value| (name, value)));
        match decoded {
            Ok((name, value)) => {
                if let Err(problem) = self.parameter(&name, value) {
                    self.problems.push(problem);
                }
            }
            Err(problem) => self.problems.push(problem),
        }
    }

    fn parameter(&mut self, name: &str, value: String) -> Result<(), Problem> {
        let key = normal(name);
        if let Some((spelling, used)) = self.known.used.iter().find(|(known, _)| normal(known) == key) {
            self.quotable = *used != Use::Password;
            if self.values.insert(*used, Secret::new(value)).is_some() {
                return Err(Problem::new(format!("parameter {spelling} is given twice"), "remove one of them"));
            }
            return Ok(());
        }
        if self.known.harmless.iter().any(|known| normal(known) == key) {
            self.quotable = true;
            return Ok(());
        }
        let refused = self.known.refused.iter().find_map(|(names, why, help)| {
            names.iter().find(|known| normal(known) == key).map(|known| (*known, *why, *help))
        });
        match refused {
            // Switched off is how the driver behaves anyway.
            Some((name, ..)) if value.eq_ignore_ascii_case("false") && !name.is_empty() => Ok(()),
            Some((name, why, help)) => Err(Problem::new(format!("parameter {name} is refused: {why}"), help)),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Problem {
        if !self.quotable {
            return Problem::new(
                "an unknown parameter follows the password",
                "write & in a password as %26, ? as %3F and @ as %40",
            );
        }
        let names = self.known.used.iter().map(|(name, _)| *name).chain(self.known.harmless.iter().copied());
        let help = did_you_mean(closest(name, names), "remove it, dbferry does not know what it would change");
        Problem::new(format!("unknown parameter {}", quoted(name)), help)
    }
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}
