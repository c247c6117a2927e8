//! Turns the merged layers into endpoints and options, and checks that they fit together.

use super::fault::{Origin, Problem, SettingsErrors};
use super::merged::{Merged, RuleForm};
use super::names::{Field, Key, OPTIONS, OptionKey, TABLE, setting_name};
use super::options::{Options, add_policy};
use super::side::Resolver;
use super::url::{self, Form};
use super::{Effective, Settings};
use crate::backends::hsqldb::folder_of;
use crate::endpoint::{Endpoint, Engine};
use crate::error::Side;

/// Checks the layers; endpoints given by a program stand in for the settings of their side.
pub(super) fn resolve(
    mut merged: Merged,
    options: Options,
    source: Option<Endpoint>,
    target: Option<Endpoint>,
) -> Result<Settings, SettingsErrors> {
    let options = resolve_options(&mut merged, options);
    let source = resolve_side(&mut merged, Side::Source, source);
    let target = resolve_side(&mut merged, Side::Target, target);
    if let (Some(source), Some(target)) = (&source, &target) {
        refuse_same(source, target, &mut merged);
    }
    let effective = effective(&merged);
    let warnings = merged.faults.finish()?;
    let Some((mut source, target)) = source.zip(target) else { return Err(super::fault::incomplete()) };
    source.allow_inconsistent |= options.allow_inconsistent;
    source.allow_source_lock |= options.allow_source_lock;
    Ok(Settings { source, target, options, effective, warnings })
}

fn resolve_options(merged: &mut Merged, mut options: Options) -> Options {
    check_typed(&options, merged);
    for row in OPTIONS {
        let Some(given) = merged.values.get(&Key::Option(row.option)) else { continue };
        if let Err(problem) = options.apply(row.option, given.value.expose()) {
            merged.faults.problem(&given.origin, &Key::Option(row.option).name(), &problem);
        }
    }
    for rule in &merged.rules {
        let added = match &rule.form {
            RuleForm::One(scope, kind, conversion) => add_policy(&mut options.policies, scope, kind, conversion),
            RuleForm::List(text) => options.apply(OptionKey::Policies, text),
        };
        if let Err(problem) = added {
            merged.faults.problem(&rule.origin, "dbferry.policies", &problem);
        }
    }
    options
}

/// Typed options of the builder are checked through their text form.
fn check_typed(options: &Options, merged: &mut Merged) {
    let lines = |globs: &[String]| globs.iter().map(|glob| format!("{glob}\n")).collect::<String>();
    let texts = [
        (OptionKey::Jobs, options.jobs.map(|jobs| jobs.to_string()).unwrap_or_default()),
        (OptionKey::Tables, lines(&options.tables)),
        (OptionKey::ExcludeTables, lines(&options.exclude_tables)),
        (OptionKey::Report, options.report.as_ref().map(|path| path.display().to_string()).unwrap_or_default()),
        (OptionKey::LogLevel, options.log_level.clone().unwrap_or_default()),
    ];
    for (option, text) in texts {
        if let Err(problem) = Options::default().apply(option, &text) {
            merged.faults.problem(&Origin::Builder, &Key::Option(option).name(), &problem);
        }
    }
}

fn resolve_side(merged: &mut Merged, side: Side, endpoint: Option<Endpoint>) -> Option<Endpoint> {
    let Some(endpoint) = endpoint else { return Resolver::new(merged, side).endpoint() };
    let given = TABLE.iter().find_map(|s| merged.values.get(&Key::Database(side, s.field)).map(|g| (s.field, g)));
    if let Some((field, given)) = given {
        let what = format!("the {side} is given as an endpoint, too");
        merged.faults.add(Some(&given.origin), &setting_name(side, field), &what, "give one of them");
    }
    let server = !matches!(endpoint.engine, Engine::Memory | Engine::Hsqldb);
    if server && (endpoint.host.is_empty() || endpoint.port == 0 || endpoint.database.is_empty()) {
        let what = format!("the {side} endpoint lacks host, port or database");
        merged.faults.problem(&Origin::Builder, "", &Problem::new(what, "fill them in"));
    }
    Some(endpoint)
}

/// A copy onto itself would at best be refused by the guard.
fn refuse_same(source: &Endpoint, target: &Endpoint, merged: &mut Merged) {
    if source.engine != target.engine || source.database != target.database {
        return;
    }
    let same = match source.engine {
        Engine::Memory => false,
        Engine::Hsqldb => folder_of(source).is_some_and(|folder| folder_of(target) == Some(folder)),
        _ => {
            let schemas = (schema(source), schema(target));
            host(source) == host(target) && source.port == target.port && schemas.0 == schemas.1
        }
    };
    if same {
        let what = format!("source and target are the same database, {}", source.display_name());
        let what = super::fault::shown(&what, 300);
        let help = match source.engine {
            Engine::Hsqldb => "set BuiltInDatabasePath to a folder for the new database",
            _ => "change host, name or schema of one of them",
        };
        merged.faults.add(None, "", &what, help);
    }
}

fn host(endpoint: &Endpoint) -> String {
    match endpoint.host.trim_end_matches('.').to_lowercase().as_str() {
        "127.0.0.1" | "::1" => "localhost".to_string(),
        host => host.to_string(),
    }
}

fn schema(endpoint: &Endpoint) -> &str {
    let default = match endpoint.engine {
        Engine::PostgreSql => "public",
        Engine::SqlServer => "dbo",
        _ => "",
    };
    endpoint.schema.as_deref().unwrap_or(default)
}

/// What was given and still counts, masked.
fn effective(merged: &Merged) -> Vec<Effective> {
    let databases = [Side::Source, Side::Target].into_iter().flat_map(|side| {
        let fields = TABLE.iter().filter(|s| s.field != Field::LoginTimeout);
        fields.map(move |s| Key::Database(side, s.field))
    });
    let options = OPTIONS.iter().map(|row| Key::Option(row.option));
    let keys = databases.chain([Key::LoginTimeout]).chain(options);
    let mut list: Vec<Effective> = keys.filter_map(|key| show(key, merged)).collect();
    list.extend(merged.rules.iter().map(|rule| Effective {
        name: "dbferry.policies".to_string(),
        value: match &rule.form {
            RuleForm::One(scope, kind, conversion) if scope.is_empty() => format!("{kind}={conversion}"),
            RuleForm::One(scope, kind, conversion) => format!("{scope}:{kind}={conversion}"),
            RuleForm::List(text) => text.trim().replace('\n', ","),
        },
        origin: rule.origin.to_string(),
    }));
    list
}

fn show(key: Key, merged: &Merged) -> Option<Effective> {
    let given = merged.values.get(&key).filter(|given| !given.value.is_empty())?;
    let text = given.value.expose();
    let value = match key {
        _ if key.is_secret() => "***".to_string(),
        Key::Database(_, Field::JdbcUrl) => url::shown(text, if given.whole { Form::DatabaseUrl } else { Form::Jdbc }),
        _ => super::fault::shown(text.trim_end_matches('\n'), 300).replace('\n', ","),
    };
    Some(Effective { name: key.name(), value, origin: given.origin.to_string() })
}
