//! Options of a run: their types, defaults and text forms.

use super::fault::Problem;
use super::names::OptionKey;
use crate::policy::Policies;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the two sides are compared after the copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyMode {
    /// A hash of every row on both sides.
    #[default]
    Checksum,
    /// Row counts.
    Counts,
    /// Nothing.
    None,
}

/// How progress is shown on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// Bars on a terminal, plain lines otherwise.
    #[default]
    Auto,
    /// Bars.
    Bars,
    /// Plain lines.
    Plain,
    /// JSON lines.
    Json,
    /// Nothing.
    None,
}

/// How the result is shown on stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Options of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Parallel lanes; `None` for one per core, 2 to 8.
    pub jobs: Option<usize>,
    /// Globs of the tables to copy; empty for all.
    pub tables: Vec<String>,
    /// Globs of the tables to leave out.
    pub exclude_tables: Vec<String>,
    /// Copy the tables of a Mendix database that the runtime does not know as well.
    pub all_tables: bool,
    /// How to verify.
    pub verify: VerifyMode,
    /// Go on with an unfinished run.
    pub resume: bool,
    /// Read in parallel although the sessions may not see one point in time.
    pub allow_inconsistent: bool,
    /// Lock the source briefly to line up the snapshots.
    pub allow_source_lock: bool,
    /// Conversions that were asked for.
    pub policies: Policies,
    /// Progress on stderr.
    pub progress: ProgressMode,
    /// Result on stdout.
    pub format: OutputFormat,
    /// Report file, `.json` or `.html`.
    pub report: Option<PathBuf>,
    /// Audit trail, one JSON object per line, appended to.
    pub audit: Option<PathBuf>,
    /// How long a server may be silent while its bytes are due before the connection counts as lost; `None` for five
    /// minutes.
    pub stall_timeout: Option<Duration>,
    /// Log filter.
    pub log_level: Option<String>,
}

impl VerifyMode {
    /// What users write for it.
    pub fn name(self) -> &'static str {
        VERIFY.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

impl Options {
    /// Takes an option from its text form; empty text leaves the default.
    pub(crate) fn apply(&mut self, option: OptionKey, text: &str) -> Result<(), Problem> {
        if text.trim().is_empty() {
            return Ok(());
        }
        match option {
            OptionKey::Jobs => self.jobs = Some(parse_jobs(text)?),
            OptionKey::Tables => self.tables = parse_globs(text)?,
            OptionKey::ExcludeTables => self.exclude_tables = parse_globs(text)?,
            OptionKey::AllTables => self.all_tables = parse_bool(text)?,
            OptionKey::Verify => self.verify = parse_word(text, VERIFY)?,
            OptionKey::Resume => self.resume = parse_bool(text)?,
            OptionKey::AllowInconsistent => self.allow_inconsistent = parse_bool(text)?,
            OptionKey::AllowSourceLock => self.allow_source_lock = parse_bool(text)?,
            OptionKey::Policies => apply_policies(&mut self.policies, text)?,
            OptionKey::Progress => self.progress = parse_word(text, PROGRESS)?,
            OptionKey::Format => self.format = parse_word(text, FORMAT)?,
            OptionKey::Report => self.report = Some(parse_report(text)?),
            OptionKey::Audit => self.audit = Some(PathBuf::from(text.trim())),
            OptionKey::StallTimeout => self.stall_timeout = Some(parse_seconds(text)?),
            OptionKey::LogLevel => self.log_level = Some(parse_log_level(text)?),
        }
        Ok(())
    }
}

const VERIFY: &[(&str, VerifyMode)] =
    &[("checksum", VerifyMode::Checksum), ("counts", VerifyMode::Counts), ("none", VerifyMode::None)];

const PROGRESS: &[(&str, ProgressMode)] = &[
    ("auto", ProgressMode::Auto),
    ("bars", ProgressMode::Bars),
    ("plain", ProgressMode::Plain),
    ("json", ProgressMode::Json),
    ("none", ProgressMode::None),
];

const FORMAT: &[(&str, OutputFormat)] = &[("text", OutputFormat::Text), ("json", OutputFormat::Json)];

/// `true` and `false` as Python, YAML and people write them.
pub(crate) fn parse_bool(text: &str) -> Result<bool, Problem> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Problem::new("is neither true nor false", "write true or false")),
    }
}

fn parse_word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Problem> {
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim()));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Problem::new("is none of the known values", format!("write one of {}", known.join(", ")))
    })
}

fn parse_jobs(text: &str) -> Result<usize, Problem> {
    let jobs = text.trim().parse::<usize>().ok().filter(|jobs| (1..=256).contains(jobs));
    jobs.ok_or_else(|| Problem::new("is not a number from 1 to 256", "leave it out for one lane per core"))
}

fn parse_seconds(text: &str) -> Result<Duration, Problem> {
    let seconds = text.trim().parse::<u32>().ok().filter(|seconds| (1..=86_400).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| Problem::new("is not a number of seconds from 1 to 86400", "leave it out for 300"));
    seconds.map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn parse_globs(text: &str) -> Result<Vec<String>, Problem> {
    let globs = split_list(text);
    for (i, glob) in globs.iter().enumerate() {
        globset::Glob::new(glob).map_err(|e| {
            Problem::new(format!("pattern {} is malformed: {}", i + 1, e.kind()), "patterns know *, ?, [a-z] and {a,b}")
        })?;
    }
    Ok(globs)
}

/// Lines (lists in files are joined that way), or items separated by commas outside braces and brackets.
fn split_list(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0usize;
    let lines = text.contains('\n');
    for c in text.chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if (lines && c == '\n') || (!lines && c == ',' && depth == 0) {
            items.push(String::new());
        } else if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items.iter().map(|item| item.trim().to_string()).filter(|item| !item.is_empty()).collect()
}

fn parse_report(text: &str) -> Result<PathBuf, Problem> {
    let path = Path::new(text.trim());
    let extension = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    match extension.as_deref() {
        Some("json" | "html") => Ok(path.to_path_buf()),
        _ => Err(Problem::new("the report's format is not clear", "name a file that ends in .json or .html")),
    }
}

fn parse_log_level(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_string()),
        Err(_) => {
            Err(Problem::new("is not a log filter", "write error, warn, info, debug, trace or e.g. dbferry=debug"))
        }
    }
}

/// `[scope:]kind=conversion`, separated by commas.
fn apply_policies(policies: &mut Policies, text: &str) -> Result<(), Problem> {
    for item in split_list(text) {
        let Some((left, conversion)) = item.split_once('=') else {
            return Err(Problem::new("a policy has no `=`", "write [TABLE[.COLUMN]:]KIND=CONVERSION"));
        };
        let (scope, kind) = left.rsplit_once(':').unwrap_or(("", left));
        add_policy(policies, scope.trim(), kind.trim(), conversion.trim())?;
    }
    Ok(())
}

/// Adds one policy.
pub(crate) fn add_policy(policies: &mut Policies, scope: &str, kind: &str, conversion: &str) -> Result<(), Problem> {
    policies
        .add(scope, kind, conversion)
        .map_err(|e| Problem::new(super::fault::shown(&e.to_string(), 200), e.help_text().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_braces_together() {
        assert_eq!(split_list("a, b*,{c,d}$e,[a,b]x"), ["a", "b*", "{c,d}$e", "[a,b]x"]);
        assert_eq!(split_list("a,b\n"), ["a,b"]);
        assert!(split_list(" , ").is_empty());
    }

    #[test]
    fn policies_have_scopes() {
        let mut options = Options::default();
        options.apply(OptionKey::Policies, "zero-date=null, m$t.c:nul-text=strip").unwrap();
        let rules: Vec<_> = options.policies.iter().map(|(scope, kind, _)| (scope.to_string(), kind.name())).collect();
        assert_eq!(rules, [("m$t.c".to_string(), "nul-text"), (String::new(), "zero-date")]);
        assert!(options.apply(OptionKey::Policies, "zero-date").is_err());
        assert!(options.apply(OptionKey::Policies, "zero-date=strip").is_err());
    }
}
