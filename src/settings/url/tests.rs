//! URLs, good and bad.

use super::*;

/// What a URL says, in one line.
fn show(url: &str) -> String {
    let form = if url.starts_with("jdbc:") { Form::Jdbc } else { Form::DatabaseUrl };
    match parse(url, form) {
        Ok(e) => {
            let port = e.port.map_or("-".to_string(), |p| p.to_string());
            let tls = match &e.tls {
                TlsMode::Off => "off".to_string(),
                TlsMode::Prefer => "prefer".to_string(),
                TlsMode::Unverified => "unverified".to_string(),
                TlsMode::VerifyCa { ca } => {
                    format!("ca:{}", ca.as_ref().map_or("-".into(), |p| p.display().to_string()))
                }
                TlsMode::VerifyFull { ca } => {
                    format!("full:{}", ca.as_ref().map_or("-".into(), |p| p.display().to_string()))
                }
            };
            let password = e.password.as_ref().map_or("-", |p| p.expose());
            let user = e.user.as_deref().unwrap_or("-");
            format!("{} {} {port} {} {user} {password} {tls}", e.engine.name(), e.host, e.database)
        }
        Err(problems) => problems.iter().map(|p| format!("{}; {}", p.what, p.help)).collect::<Vec<_>>().join(" | "),
    }
}

#[test]
fn good() {
    let cases = [
        ("jdbc:postgresql://h/db", "POSTGRESQL h - db - - prefer"),
        ("JDBC:PostgreSQL://h:6432/db", "POSTGRESQL h 6432 db - - prefer"),
        ("jdbc:postgresql://[::1]:5433/a%20b?user=u&password=p%26q", "POSTGRESQL ::1 5433 a b u p&q prefer"),
        ("jdbc:postgresql://h/db?password=a+b", "POSTGRESQL h - db - a b prefer"),
        ("jdbc:postgresql://h/db?sslmode=disable", "POSTGRESQL h - db - - off"),
        ("jdbc:postgresql://h/db?sslmode=allow&tcpKeepAlive=true", "POSTGRESQL h - db - - prefer"),
        ("jdbc:postgresql://h/db?sslmode=require", "POSTGRESQL h - db - - unverified"),
        ("jdbc:postgresql://h/db?ssl=true", "POSTGRESQL h - db - - full:-"),
        ("jdbc:postgresql://h/db?ssl", "POSTGRESQL h - db - - full:-"),
        ("jdbc:postgresql://h/db?ssl=true&sslmode=verify-ca&sslrootcert=/ca.pem", "POSTGRESQL h - db - - ca:/ca.pem"),
        ("jdbc:postgresql://h/db?sslmode=verify-full&sslrootcert=file:///ca.pem", "POSTGRESQL h - db - - full:/ca.pem"),
        ("postgres://u:p%40ss@h:1/db?sslmode=require&application_name=x", "POSTGRESQL h 1 db u p@ss unverified"),
        ("postgresql://u:a+b@h/db", "POSTGRESQL h - db u a+b prefer"),
        ("mysql://u:p@ss@h/db", "MYSQL h - db u p@ss prefer"),
        ("jdbc:mysql://h:3307/db?useSSL=false&serverTimezone=UTC", "MYSQL h 3307 db - - off"),
        ("jdbc:mysql://h/db?useSSL=true", "MYSQL h - db - - unverified"),
        ("jdbc:mysql://h/db?useSSL=true&requireSSL=false", "MYSQL h - db - - prefer"),
        ("jdbc:mysql://h/db?useSSL=true&verifyServerCertificate=true", "MYSQL h - db - - ca:-"),
        ("jdbc:mysql://h/db?useSSL=true&verifyServerCertificate=false", "MYSQL h - db - - unverified"),
        ("jdbc:mysql://h/db?sslMode=VERIFY_IDENTITY", "MYSQL h - db - - full:-"),
        ("jdbc:mysql://u:p@h/db?sslMode=REQUIRED&allowLoadLocalInfile=false", "MYSQL h - db u p unverified"),
        ("jdbc:mariadb://h/db?sslMode=trust", "MYSQL h - db - - unverified"),
        ("jdbc:mariadb://h/db?sslMode=verify-full&serverSslCert=/ca.pem", "MYSQL h - db - - full:/ca.pem"),
        ("jdbc:mariadb://h/db?useSsl=true", "MYSQL h - db - - full:-"),
        ("jdbc:mariadb://h/db?useSsl=true&serverSslCert=ca.pem", "MYSQL h - db - - full:ca.pem"),
    ];
    for (url, expected) in cases {
        assert_eq!(show(url), expected, "{url}");
    }
}

#[test]
fn bad() {
    let cases = [
        ("jdbc:postgresql:db", "names no host"),
        ("jdbc:postgresql:///db", "host is empty"),
        ("jdbc:postgresql://h", "names no database"),
        ("jdbc:postgresql://h/", "names no database"),
        ("jdbc:postgresql://h1:5432,h2:5432/db", "several hosts"),
        ("jdbc:postgresql://h:99999/db", "1 to 65535"),
        ("jdbc:postgresql://h/db?sslmod=require", "did you mean sslmode?"),
        ("jdbc:postgresql://h/db?sslmode=canary", "sslmode has an unknown value"),
        ("jdbc:postgresql://h/db?sslfactory=org.postgresql.ssl.NonValidatingFactory", "sslfactory is refused"),
        ("jdbc:postgresql://h/db?socketFactory=x&loggerFile=y", "loggerFile is refused"),
        ("jdbc:postgresql://h/db?sslcert=/c.pem", "both sslcert and sslkey"),
        ("jdbc:postgresql://h/db?sslcert=/c.pem&sslkey=/k.pk8", "not PEM"),
        ("jdbc:postgresql://h/db?sslrootcert=-----BEGIN+CERTIFICATE-----", "holds a certificate"),
        ("jdbc:postgresql://h/db?currentSchema=a,b", "several schemas"),
        ("jdbc:postgresql://h/db?user=a&user=b", "given twice"),
        ("jdbc:postgresql://h/db?connectTimeout=x", "not a whole number"),
        ("jdbc:postgresql://h/db?ssl=true&sslmode=disable", "contradicts"),
        ("jdbc:postgresql://h/db?user=%zz", "percent escape"),
        ("jdbc:postgresql://h/db?user=%ff", "percent escape"),
        ("jdbc:postgresql://h/db?options=-c", "options is refused"),
        ("jdbc:mysql:loadbalance://h1,h2/db", "several servers"),
        ("jdbc:mysql:replication://h1,h2/db", "several servers"),
        ("jdbc:mysql+srv://h/db", "SRV"),
        ("jdbc:mysql://address=(host=h)(port=1)/db", "parentheses"),
        ("jdbc:mysql://(host=h)/db", "parentheses"),
        ("jdbc:mysql://h/db?allowLoadLocalInfile=true", "allowLoadLocalInfile is refused"),
        ("jdbc:mysql://h/db?allowUrlInLocalInfile=true", "allowUrlInLocalInfile is refused"),
        ("jdbc:mysql://h/db?autoDeserialize=true", "autoDeserialize is refused"),
        ("jdbc:mysql://h/db?queryInterceptors=x", "queryInterceptors is refused"),
        ("jdbc:mariadb://h/db?trustServerCertificate=true", "trustServerCertificate is refused"),
        ("jdbc:mysql://h/db?trustCertificateKeyStoreUrl=file:x", "serverSslCert"),
        ("jdbc:mysql://h/db?sslMode=DISABLED&serverSslCert=/ca.pem", "nothing would be verified"),
        ("jdbc:mysql://h/db?serverSslCert=/ca.pem", "nothing would be verified"),
        ("jdbc:mysql://h/db?useSSL=false&requireSSL=true", "contradicts"),
        ("jdbc:mysql://h/db?useSSL=maybe", "neither true nor false"),
        ("jdbc:mysql://h/db?serverTimezon=UTC", "did you mean serverTimezone?"),
        ("jdbc:sqlserver://h:1433;databaseName=x", "does not read URLs of SQL Server"),
        ("jdbc:oracle:thin:@h:1521/x", "does not read URLs of Oracle"),
        ("jdbc:sap://h:30015", "does not read URLs of SAP HANA"),
        ("jdbc:hsqldb:file:x", "does not read URLs of HSQLDB"),
        ("jdbc:foo://h/db", "not a URL of a known database"),
        ("db2://h/db", "Db2"),
        ("http://h/db", "not a URL"),
        ("", "not a URL"),
    ];
    for (url, expected) in cases {
        assert!(show(url).contains(expected), "{url}: {}", show(url));
    }
    assert!(parse("postgres://h/db", Form::Jdbc).is_err());
}

#[test]
fn passwords_do_not_leak() {
    // The canary stands where an unescaped special character cuts the password.
    let urls = [
        "postgres://u:x/canary@h/db",
        "postgres://u:canary/db",
        "postgres://u:1?canary=1@h/db",
        "postgres://u:x?canary@h/db",
        "postgres://u:x@canary:canary@h,/db",
        "jdbc:postgresql://h/db?user=u&password=x&canary=1",
        "jdbc:postgresql://h/db?password=x&canary",
        "jdbc:mysql://h/db?password=%canary",
        "jdbc:mysql://u:canary@h:x/db",
        "canary://canary",
    ];
    for url in urls {
        let text = show(url);
        assert!(parse(url, Form::DatabaseUrl).is_err(), "{url}");
        assert!(!text.contains("canary"), "{url}: {text}");
        assert!(!shown(url, Form::DatabaseUrl).contains("canary@"), "{url}");
    }
}

#[test]
fn passwords_are_found() {
    for url in [
        "jdbc:postgresql://h/db?user=u&password=p",
        "jdbc:mysql://u:p@h/db",
        "postgres://u:p@h",
        "jdbc:mysql://h/db?trustCertificateKeyStorePassword=p",
        "jdbc:sqlserver://h;user=sa;Password=p",
    ] {
        assert!(holds_password(url), "{url}");
    }
    for url in ["jdbc:postgresql://h:1/db?user=u@h", "jdbc:postgresql://[::1]:1/db", "jdbc:mysql://u@h:1/db"] {
        assert!(!holds_password(url), "{url}");
    }
}

proptest::proptest! {
    #[test]
    fn no_url_panics(tail in "[ -~é%\\[\\]]{0,40}", scheme in 0..SCHEMES.len()) {
        let url = format!("{}//{tail}", SCHEMES[scheme].0);
        let _ = (parse(&url, Form::DatabaseUrl), shown(&url, Form::Jdbc), holds_password(&tail), host::split(&tail));
    }
}
