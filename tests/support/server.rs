//! Servers that the environment offers: one row of a table each.

use super::hsqldb::engine::engine;
use std::env;

/// Which server product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// PostgreSQL.
    PostgreSql,
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
    /// HSQLDB, whose databases are folders.
    Hsqldb,
}

/// How one product is reached and spoken to. Another DBMS joins the suite with one row here.
pub(crate) struct Product {
    /// Product.
    pub(crate) kind: Kind,
    /// Name in test output and in the folder of fixtures.
    pub(crate) name: &'static str,
    /// `DatabaseType` in dbferry's settings.
    pub(crate) database_type: &'static str,
    /// Part of the environment variables' names.
    variable: &'static str,
    /// Family of SQL that fixtures and catalog queries are written in.
    pub(crate) family: Family,
}

/// Which SQL the native client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// PostgreSQL.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// HSQLDB.
    Hsqldb,
}

const PRODUCTS: &[Product] = &[
    Product {
        kind: Kind::PostgreSql,
        name: "postgresql",
        database_type: "POSTGRESQL",
        variable: "POSTGRESQL",
        family: Family::PostgreSql,
    },
    Product {
        kind: Kind::MariaDb,
        name: "mariadb",
        database_type: "MYSQL",
        variable: "MARIADB",
        family: Family::MySql,
    },
    Product { kind: Kind::MySql, name: "mysql", database_type: "MYSQL", variable: "MYSQL", family: Family::MySql },
    Product { kind: Kind::Hsqldb, name: "hsqldb", database_type: "HSQLDB", variable: "HSQLDB", family: Family::Hsqldb },
];

impl Kind {
    /// The product's row.
    pub(crate) fn product(self) -> &'static Product {
        PRODUCTS.iter().find(|p| p.kind == self).expect("every kind has a row")
    }

    /// Name in test output.
    pub(crate) fn name(self) -> &'static str {
        self.product().name
    }

    /// SQL family.
    pub(crate) fn family(self) -> Family {
        self.product().family
    }
}

/// A running server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Product.
    pub(crate) kind: Kind,
    /// Host.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// Administrator.
    pub(crate) user: String,
    /// The administrator's password.
    pub(crate) password: String,
    /// Native client, which knows the administrator's password by itself.
    pub(crate) client: String,
}

impl Server {
    /// The server of a product, if the environment names one.
    pub(crate) fn find(kind: Kind) -> Option<Server> {
        if kind == Kind::Hsqldb {
            return engine().map(|_| Server::without_address(kind));
        }
        let variable = kind.product().variable;
        let url = env::var(format!("DBFERRY_TEST_{variable}_URL")).ok()?;
        let client = env::var(format!("DBFERRY_TEST_{variable}_CLIENT")).ok()?;
        Some(Server::parse(kind, &url, client))
    }

    /// A server by the URL and the client that `scripts/servers` tells.
    pub(crate) fn parse(kind: Kind, url: &str, client: String) -> Server {
        let (_, rest) = url.split_once("://").expect("test URL has a scheme");
        let (login, place) = rest.rsplit_once('@').expect("test URL has a user");
        let (user, password) = login.split_once(':').expect("test URL has a password");
        let (place, _) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = place.rsplit_once(':').expect("test URL has a port");
        let port = port.parse().expect("test URL's port is a number");
        Server { kind, host: host.into(), port, user: user.into(), password: password.into(), client }
    }

    /// The server, or `None` after saying why the test is skipped.
    pub(crate) fn or_skip(kind: Kind) -> Option<Server> {
        let found = Server::find(kind);
        if found.is_none() && kind != Kind::Hsqldb {
            let variable = kind.product().variable;
            eprintln!("skipped: DBFERRY_TEST_{variable}_URL and _CLIENT are not set");
        }
        found
    }

    /// An engine that is no server.
    fn without_address(kind: Kind) -> Server {
        let none = String::new;
        Server { kind, host: none(), port: 0, user: none(), password: none(), client: none() }
    }
}
