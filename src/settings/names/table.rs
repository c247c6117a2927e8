//! The two tables: database settings and options.

/// What a database setting says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Kind of DBMS.
    Type,
    /// Host and port.
    Host,
    /// Database name.
    Name,
    /// User.
    UserName,
    /// Password.
    Password,
    /// JDBC URL.
    JdbcUrl,
    /// TLS without verification.
    UseSsl,
    /// Windows or Kerberos login.
    UseIntegratedSecurity,
    /// Oracle service.
    OracleServiceName,
    /// Directory of a built-in database.
    BuiltInDatabasePath,
    /// Schema.
    Schema,
    /// Time to connect, for both databases.
    LoginTimeout,
}

/// A row of the settings table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name for the target; the source's is the same with `Source` in front.
    pub name: &'static str,
    /// Which DBMS it matters to.
    pub applies_to: &'static str,
    /// What is taken where it is not given.
    pub default: &'static str,
    /// One line for the README.
    pub meaning: &'static str,
    /// What it says.
    pub field: Field,
}

const fn row(
    field: Field,
    name: &'static str,
    applies_to: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { name, applies_to, default, meaning, field }
}

/// Every database setting.
pub const TABLE: &[Setting] = &[
    row(
        Field::Type,
        "DatabaseType",
        "all",
        "",
        "`POSTGRESQL`, `MYSQL` (also MariaDB), `HSQLDB`, `SQLSERVER`, `ORACLE` or `SAPHANA`, in any case",
    ),
    row(Field::Host, "DatabaseHost", "servers", "", "`host`, `host:port` or `[::1]:port`"),
    row(Field::Name, "DatabaseName", "all", "HSQLDB: `default`", "name of the database (SAP HANA: of the schema)"),
    row(Field::UserName, "DatabaseUserName", "servers", "", "user to log in as"),
    row(
        Field::Password,
        "DatabasePassword",
        "servers",
        "",
        "its password; never on the command line, `…_FILE` variables read it from a file",
    ),
    row(
        Field::JdbcUrl,
        "DatabaseJdbcUrl",
        "PostgreSQL, MySQL, MariaDB",
        "",
        "JDBC URL; overrides host, name and TLS, and is the way to ask for verified TLS",
    ),
    row(
        Field::UseSsl,
        "DatabaseUseSsl",
        "servers",
        "TLS if the server offers it",
        "`true`: TLS, certificate not verified; `false`: no TLS",
    ),
    row(
        Field::UseIntegratedSecurity,
        "DatabaseUseIntegratedSecurity",
        "SQL Server",
        "`false`",
        "log in as the operating system's user",
    ),
    row(
        Field::OracleServiceName,
        "OracleServiceName",
        "Oracle",
        "",
        "service name; without it `DatabaseName` is the SID",
    ),
    row(
        Field::BuiltInDatabasePath,
        "BuiltInDatabasePath",
        "HSQLDB",
        "`data/database` of the deployment folder",
        "directory that holds the built-in database",
    ),
    row(
        Field::Schema,
        "DatabaseSchema",
        "PostgreSQL, SQL Server, Oracle",
        "`public`, `dbo`, the user",
        "schema within the database",
    ),
    row(
        Field::LoginTimeout,
        "JdbcLoginTimeout",
        "servers",
        "`5000`",
        "milliseconds to establish a connection, for source and target",
    ),
];

/// An option of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionKey {
    /// Number of lanes.
    Jobs,
    /// Tables to copy.
    Tables,
    /// Tables to leave out.
    ExcludeTables,
    /// Tables that a Mendix database has and its runtime does not know.
    AllTables,
    /// How to verify.
    Verify,
    /// Go on with an unfinished run.
    Resume,
    /// Parallel reading without one point in time.
    AllowInconsistent,
    /// A short lock on the source.
    AllowSourceLock,
    /// Conversions.
    Policies,
    /// Progress on stderr.
    Progress,
    /// Result on stdout.
    Format,
    /// Report file.
    Report,
    /// Audit trail.
    Audit,
    /// How long a server may be silent in the middle of rows.
    StallTimeout,
    /// Log filter.
    LogLevel,
}

/// A row of the options table.
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// Key under `dbferry:` in a file; the flag is the same with `--` in front unless `flag` says otherwise.
    pub key: &'static str,
    /// The flag with its value.
    pub flag: &'static str,
    /// What is taken where it is not given.
    pub default: &'static str,
    /// One line for the README.
    pub meaning: &'static str,
    /// Which option.
    pub option: OptionKey,
}

const fn option(
    option: OptionKey,
    key: &'static str,
    flag: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> OptionRow {
    OptionRow { key, flag, default, meaning, option }
}

/// Every option.
pub const OPTIONS: &[OptionRow] = &[
    option(OptionKey::Jobs, "jobs", "--jobs N", "cores, 2 to 8", "parallel lanes, 1 to 256"),
    option(
        OptionKey::Tables,
        "tables",
        "--tables GLOB",
        "all",
        "copy only tables that match (list, or separated by commas)",
    ),
    option(
        OptionKey::ExcludeTables,
        "exclude-tables",
        "--exclude-tables GLOB",
        "none",
        "leave out tables that match (list, or separated by commas)",
    ),
    option(
        OptionKey::AllTables,
        "all-tables",
        "--all-tables",
        "`false`",
        "copy the tables of a Mendix database that belong to no entity or association as well",
    ),
    option(OptionKey::Verify, "verify", "--verify HOW", "`checksum`", "`checksum`, `counts` or `none`"),
    option(
        OptionKey::Resume,
        "resume",
        "--resume",
        "`false`",
        "`copy`: go on with an unfinished run, or start where there is none",
    ),
    option(
        OptionKey::AllowInconsistent,
        "allow-inconsistent",
        "--allow-inconsistent",
        "`false`",
        "read in parallel although the sessions may not see one point in time",
    ),
    option(
        OptionKey::AllowSourceLock,
        "allow-source-lock",
        "--allow-source-lock",
        "`false`",
        "lock the source briefly to line up the snapshots",
    ),
    option(
        OptionKey::Policies,
        "policies",
        "--policy [TABLE[.COLUMN]:]KIND=CONVERSION",
        "strict",
        "what to do with values that the target cannot hold",
    ),
    option(
        OptionKey::Progress,
        "progress",
        "--progress HOW",
        "`auto`",
        "`auto`, `bars`, `plain`, `json` or `none`, on stderr",
    ),
    option(OptionKey::Format, "format", "--format HOW", "`text`", "`text` or `json`, on stdout"),
    option(OptionKey::Report, "report", "--report FILE", "none", "write the report to this `.json` or `.html` file"),
    option(
        OptionKey::Audit,
        "audit",
        "--audit FILE",
        "none",
        "append who did what and when to this file, one JSON object per line",
    ),
    option(
        OptionKey::StallTimeout,
        "stall-timeout",
        "--stall-timeout SECONDS",
        "`300`",
        "a connection is lost when no byte goes through for so long in the middle of rows, 1 to 86400",
    ),
    option(
        OptionKey::LogLevel,
        "log-level",
        "--log-level FILTER",
        "`warn`",
        "log filter, e.g. `info` or `dbferry=debug`",
    ),
];
