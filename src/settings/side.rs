//! One database's settings become an [`Endpoint`].

use super::fault::Problem;
use super::host;
use super::merged::{Given, Merged};
use super::names::{Field, Key, how_to_give, setting_name};
use super::options::parse_bool;
use super::suggest::{closest, did_you_mean};
use super::url::{self, Form, UrlEndpoint};
use crate::backends;
use crate::endpoint::{Endpoint, Engine, Secret, TlsMode};
use crate::error::Side;
use std::path::PathBuf;
use std::time::Duration;

/// Spellings of `DatabaseType` beside the names of [`Engine::ALL`].
const ALIASES: &[(&str, Engine)] = &[
    ("POSTGRES", Engine::PostgreSql),
    ("MARIADB", Engine::MySql),
    ("MSSQL", Engine::SqlServer),
    ("MSSQLSERVER", Engine::SqlServer),
    ("HANA", Engine::SapHana),
    ("BUILTIN", Engine::Hsqldb),
];

/// Reads the settings of one side.
pub(super) struct Resolver<'a> {
    merged: &'a mut Merged,
    side: Side,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(merged: &'a mut Merged, side: Side) -> Self {
        Resolver { merged, side }
    }

    /// The endpoint, or faults that say why there is none.
    pub(super) fn endpoint(mut self) -> Option<Endpoint> {
        let timeout = self.login_timeout();
        let endpoint = match self.get(Field::JdbcUrl) {
            Some(url) => self.by_url(&url, timeout),
            None => self.by_fields(timeout),
        };
        let mut endpoint = endpoint?;
        self.schema(&mut endpoint);
        self.integrated_security(endpoint.engine);
        self.control_characters(&endpoint);
        self.tell_unverified(&endpoint);
        Some(endpoint)
    }

    /// Who asks for TLS may think that it also tells who the server is.
    fn tell_unverified(&mut self, endpoint: &Endpoint) {
        let how = match endpoint.engine {
            Engine::PostgreSql => "sslmode=verify-full&sslrootcert=ca.pem",
            Engine::MySql => "sslMode=VERIFY_IDENTITY&serverSslCert=ca.pem",
            _ => return,
        };
        let (url, flag) = (self.get(Field::JdbcUrl), self.get(Field::UseSsl));
        if let (TlsMode::Unverified, Some(given)) = (&endpoint.tls, url.or(flag)) {
            let name = setting_name(self.side, Field::JdbcUrl);
            self.merged.faults.warn(format!(
                "{}: the {} connection is encrypted, but the server's certificate is not verified (what UseSsl means \
                 to Mendix): whoever is in between can read it; for verified TLS give {name} with {how}",
                given.origin, self.side
            ));
        }
    }

    /// Names with line ends and the like would forge lines of logs; NUL ends texts in the servers' protocols.
    fn control_characters(&mut self, endpoint: &Endpoint) {
        let schema = endpoint.schema.as_deref().unwrap_or_default();
        let names =
            [(Field::Name, endpoint.database.as_str()), (Field::UserName, &endpoint.user), (Field::Schema, schema)];
        let mut faulty: Vec<Field> =
            names.into_iter().filter(|(_, text)| text.contains(char::is_control)).map(|(field, _)| field).collect();
        if endpoint.password.expose().contains('\0') {
            faulty.push(Field::Password);
        }
        for field in faulty {
            let url = self.get(Field::JdbcUrl);
            let own = self.get(field).filter(|_| field != Field::Name || url.is_none());
            let origin = own.or(url).map(|given| given.origin);
            let name = setting_name(self.side, field);
            self.merged.faults.add(origin.as_ref(), &name, "holds a control character", "correct the value");
        }
    }

    fn get(&self, field: Field) -> Option<Given> {
        let given = self.merged.values.get(&Key::Database(self.side, field))?;
        (!given.value.expose().trim().is_empty()).then(|| given.clone())
    }

    fn text(&self, field: Field) -> Option<String> {
        self.get(field).map(|given| given.value.expose().trim().to_string())
    }

    fn fault(&mut self, field: Field, given: &Given, problem: &Problem) {
        let name = if given.whole { String::new() } else { setting_name(self.side, field) };
        self.merged.faults.problem(&given.origin, &name, problem);
    }

    fn missing(&mut self, field: Field, why: &str) {
        let name = setting_name(self.side, field);
        let what = if why.is_empty() { "is missing".to_string() } else { format!("is missing: {why}") };
        self.merged.faults.add(None, &name, &what, &how_to_give(self.side, field));
    }

    fn engine(&mut self) -> Option<Engine> {
        let given = self.get(Field::Type)?;
        match parse_engine(given.value.expose()) {
            Ok(engine) => Some(engine),
            Err(problem) => {
                self.fault(Field::Type, &given, &problem);
                None
            }
        }
    }

    /// Everything but login and schema comes from the URL.
    fn by_url(&mut self, given: &Given, timeout: Option<Duration>) -> Option<Endpoint> {
        let parsed = url::parse(given.value.expose(), if given.whole { Form::DatabaseUrl } else { Form::Jdbc });
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(problems) => {
                problems.iter().for_each(|problem| self.fault(Field::JdbcUrl, given, problem));
                return None;
            }
        };
        if given.whole {
            self.drop_earlier(given.rank, parsed.user.is_some());
        }
        let engine = self.engine();
        if let (Some(engine), Some(kind)) = (engine.filter(|e| *e != parsed.engine), self.get(Field::Type)) {
            let what = format!("says {}, but {} is for {}", engine.name(), self.url_name(given), parsed.engine.name());
            self.fault(Field::Type, &kind, &Problem::new(what, "correct one of them"));
        }
        self.tell_overridden(given, &parsed);
        for warning in &parsed.warnings {
            self.merged.faults.warn(format!("{}: {}: {warning}", given.origin, self.url_name(given)));
        }
        let timeout = parsed.connect_timeout.or(timeout);
        let mut endpoint = self.url_endpoint(given, parsed)?;
        endpoint.connect_timeout = timeout.unwrap_or(endpoint.connect_timeout);
        Some(endpoint)
    }

    fn url_endpoint(&mut self, given: &Given, parsed: UrlEndpoint) -> Option<Endpoint> {
        let port = parsed.port.or_else(|| default_port(parsed.engine))?;
        let mut endpoint = Endpoint::new(parsed.engine, parsed.host, port, parsed.database);
        endpoint.tls = parsed.tls;
        endpoint.client_certificate = parsed.client_certificate;
        endpoint.schema = parsed.schema;
        endpoint.user = self.text(Field::UserName).or(parsed.user).unwrap_or_default();
        endpoint.password = self.password().or(parsed.password).unwrap_or_default();
        if endpoint.user.is_empty() {
            let why = format!("neither it nor {} names the user", self.url_name(given));
            self.missing(Field::UserName, &why);
            return None;
        }
        Some(endpoint)
    }

    fn url_name(&self, given: &Given) -> String {
        if given.whole { "the URL".to_string() } else { setting_name(self.side, Field::JdbcUrl) }
    }

    /// `DATABASE_URL` describes the whole target: what earlier layers say about it does not count.
    fn drop_earlier(&mut self, rank: u32, login: bool) {
        use Field::{Host, Name, Password, Type, UseIntegratedSecurity, UseSsl, UserName};
        let values = &mut self.merged.values;
        for field in [Type, Host, Name, UseSsl, UseIntegratedSecurity, UserName, Password] {
            let key = Key::Database(self.side, field);
            let counts = !login && matches!(field, UserName | Password);
            if !counts && values.get(&key).is_some_and(|given| given.rank < rank) {
                values.remove(&key);
            }
        }
    }

    /// A later layer's host, name or TLS setting must not be ignored silently; an earlier one is worth a warning.
    fn tell_overridden(&mut self, url: &Given, parsed: &UrlEndpoint) {
        for field in [Field::Host, Field::Name, Field::UseSsl] {
            let Some(given) = self.get(field) else { continue };
            let text = given.value.expose().trim();
            let agrees = match field {
                Field::Host => host::split(text).is_ok_and(|(host, port)| {
                    let default = default_port(parsed.engine);
                    host.eq_ignore_ascii_case(&parsed.host) && port.or(default) == parsed.port.or(default)
                }),
                Field::Name => text == parsed.database,
                _ => false,
            };
            if agrees {
                continue;
            }
            let what = format!("is overridden by {} ({})", self.url_name(url), url.origin);
            if given.rank > url.rank {
                let help = format!(
                    "change the URL, or take it back with an empty {}",
                    setting_name(self.side, Field::JdbcUrl)
                );
                self.fault(field, &given, &Problem::new(what, help));
            } else {
                let name = setting_name(self.side, field);
                self.merged.faults.warn(format!("{}: {name} {what}", given.origin));
            }
        }
    }

    fn by_fields(&mut self, timeout: Option<Duration>) -> Option<Endpoint> {
        let given = self.get(Field::Type);
        let engine = self.engine();
        if given.is_none() {
            self.missing(Field::Type, "it names the kind of database");
        }
        let (host, port) = self.host();
        let tls = self.tls();
        let engine = engine?;
        let endpoint = match engine {
            Engine::Hsqldb => self.built_in(),
            _ => self.server(engine, host, port),
        };
        let mut endpoint = endpoint?;
        endpoint.tls = tls?;
        endpoint.connect_timeout = timeout.unwrap_or(endpoint.connect_timeout);
        Some(endpoint)
    }

    /// Outer `None`: nothing given; inner: given but wrong, which is noted.
    fn host(&mut self) -> (Option<Option<String>>, Option<u16>) {
        let Some(given) = self.get(Field::Host) else { return (None, None) };
        match host::split(given.value.expose()) {
            Ok((host, port)) => (Some(Some(host)), port),
            Err(problem) => {
                self.fault(Field::Host, &given, &problem);
                (Some(None), None)
            }
        }
    }

    fn tls(&mut self) -> Option<TlsMode> {
        match self.flag(Field::UseSsl)? {
            None => Some(TlsMode::Prefer),
            Some(true) => Some(TlsMode::Unverified),
            Some(false) => Some(TlsMode::Off),
        }
    }

    /// Outer `None`: malformed, which is noted.
    fn flag(&mut self, field: Field) -> Option<Option<bool>> {
        let Some(given) = self.get(field) else { return Some(None) };
        match parse_bool(given.value.expose()) {
            Ok(value) => Some(Some(value)),
            Err(problem) => {
                self.fault(field, &given, &problem);
                None
            }
        }
    }

    /// A password may begin or end with blanks.
    fn password(&self) -> Option<Secret> {
        let given = self.merged.values.get(&Key::Database(self.side, Field::Password))?;
        (!given.value.is_empty()).then(|| given.value.clone())
    }

    fn server(&mut self, engine: Engine, host: Option<Option<String>>, port: Option<u16>) -> Option<Endpoint> {
        if host.is_none() {
            self.missing(Field::Host, "");
        }
        let database = match engine {
            Engine::Oracle => self.text(Field::OracleServiceName).or_else(|| self.text(Field::Name)),
            _ => self.text(Field::Name),
        };
        if database.is_none() {
            let why = if engine == Engine::Oracle { "neither it nor OracleServiceName is given" } else { "" };
            self.missing(Field::Name, why);
        }
        // A malformed flag is noted where the flag is checked.
        let integrated = self.text(Field::UseIntegratedSecurity).is_some_and(|text| parse_bool(&text) == Ok(true));
        let user = self.text(Field::UserName);
        if user.is_none() && !(integrated && engine == Engine::SqlServer) {
            self.missing(Field::UserName, "");
        }
        let port = port.or_else(|| default_port(engine));
        if let (None, Some(Some(_)), Some(given)) = (port, &host, self.get(Field::Host)) {
            let what = format!("{} has no default port", engine.name());
            self.fault(Field::Host, &given, &Problem::new(what, "write host:port"));
        }
        let mut endpoint = Endpoint::new(engine, host.flatten()?, port?, database?);
        endpoint.user = user.unwrap_or_default();
        endpoint.password = self.password().unwrap_or_default();
        Some(endpoint)
    }

    /// A built-in database is a directory; without one it lies in the deployment folder.
    fn built_in(&mut self) -> Option<Endpoint> {
        let deployed = self.merged.deployment.as_ref().map(|folder| folder.join("data").join("database"));
        let path = self.text(Field::BuiltInDatabasePath).map(PathBuf::from).or(deployed);
        if path.is_none() {
            self.missing(
                Field::BuiltInDatabasePath,
                "no deployment folder is known (m2ee app_base, or a Studio Pro configuration)",
            );
        }
        let name = self.text(Field::Name).unwrap_or_else(|| "default".to_string());
        let mut endpoint = Endpoint::new(Engine::Hsqldb, "", 0, name);
        endpoint.path = Some(path?);
        endpoint.user = self.text(Field::UserName).unwrap_or_default();
        endpoint.password = self.password().unwrap_or_default();
        Some(endpoint)
    }

    fn login_timeout(&mut self) -> Option<Duration> {
        let given = self.merged.values.get(&Key::LoginTimeout)?.clone();
        let text = given.value.expose().trim();
        if text.is_empty() {
            return None;
        }
        let millis = text.parse::<u32>().ok().filter(|millis| *millis > 0);
        if millis.is_none() {
            let problem = Problem::new("is not a number of milliseconds", "write a whole number above 0");
            self.merged.faults.problem(&given.origin, "JdbcLoginTimeout", &problem);
        }
        millis.map(|millis| Duration::from_millis(u64::from(millis)))
    }

    fn schema(&mut self, endpoint: &mut Endpoint) {
        let Some(given) = self.get(Field::Schema) else { return };
        let schema = given.value.expose().trim().to_string();
        let problem = match (endpoint.engine, &endpoint.schema) {
            (Engine::PostgreSql | Engine::SqlServer | Engine::Oracle, Some(other)) if *other != schema => {
                Problem::new("differs from currentSchema in the URL", "keep one of them")
            }
            (Engine::PostgreSql | Engine::SqlServer | Engine::Oracle | Engine::Memory, _) => {
                endpoint.schema = Some(schema);
                return;
            }
            (engine, _) => {
                let what = format!("{} has no schemas within a database", engine.name());
                Problem::new(what, format!("remove it; {} is enough", setting_name(self.side, Field::Name)))
            }
        };
        self.fault(Field::Schema, &given, &problem);
    }

    fn integrated_security(&mut self, engine: Engine) {
        let on = self.flag(Field::UseIntegratedSecurity).flatten() == Some(true);
        if let (true, Some(given)) = (on && engine != Engine::SqlServer, self.get(Field::UseIntegratedSecurity)) {
            let what = format!("is only for SQL Server, not for {}", engine.name());
            self.fault(Field::UseIntegratedSecurity, &given, &Problem::new(what, "remove it and give a user"));
        }
    }
}

fn default_port(engine: Engine) -> Option<u16> {
    match engine {
        Engine::SqlServer => Some(1433),
        Engine::Oracle => Some(1521),
        Engine::Hsqldb | Engine::SapHana => None,
        engine => backends::find(engine).map(|backend| backend.default_port),
    }
}

fn parse_engine(text: &str) -> Result<Engine, Problem> {
    let name: String = text.to_uppercase().chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect();
    // The in-memory database has no settings: a program hands it over as an endpoint.
    let known =
        || Engine::ALL.iter().filter(|(engine, _)| *engine != Engine::Memory).map(|(engine, name)| (*name, *engine));
    let found = known().chain(ALIASES.iter().copied()).find(|(known, _)| *known == name);
    match found {
        Some((_, engine)) => Ok(engine),
        None if name == "DB2" => Err(Problem::new("Db2 is not supported", "the runtime has dropped it, too")),
        None => {
            let names: Vec<&str> = known().map(|(name, _)| name).collect();
            let help =
                did_you_mean(closest(&name, names.iter().copied()), &format!("write one of {}", names.join(", ")));
            Err(Problem::new("is not a kind of database", help))
        }
    }
}
