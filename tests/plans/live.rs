//! Runs the statements of every plan on real servers, through their own clients.

use super::fixtures::plan_for;
use super::{mysql, postgresql};
use dbferry::Policies;
use dbferry::plan::Plan;
use dbferry::schema::Schema;
use std::io::Write;
use std::process::{Command, Stdio};

/// A server from the environment, with its native client.
struct Server {
    product: &'static str,
    client: String,
    url: String,
}

impl Server {
    fn find(product: &'static str) -> Option<Server> {
        let variable = |what: &str| std::env::var(format!("DBFERRY_TEST_{}_{what}", product.to_uppercase())).ok();
        let server = variable("URL").zip(variable("CLIENT")).map(|(url, client)| Server { product, client, url });
        if server.is_none() {
            eprintln!("skipped: DBFERRY_TEST_{}_URL and _CLIENT are not set", product.to_uppercase());
        }
        server
    }

    fn command(&self, database: &str) -> Command {
        let mut command = Command::new(&self.client);
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (user, place) = rest.rsplit_once('@').unwrap();
        let (user, password) = user.split_once(':').unwrap();
        let (host, port) = place.split('/').next().unwrap().split_once(':').unwrap();
        if scheme.starts_with("postgres") {
            let database = if database.is_empty() { "postgres" } else { database };
            command.env("PGPASSWORD", password);
            command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", user, "-d", database]);
        } else {
            command.env("MYSQL_PWD", password);
            command.args(["--default-character-set=utf8mb4", "-h", host, "-P", port, "-u", user, database]);
        }
        command
    }

    fn run(&self, database: &str, script: &str) -> Result<(), String> {
        let mut command = self.command(database);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| error.to_string())?;
        child.stdin.take().unwrap().write_all(script.as_bytes()).map_err(|error| error.to_string())?;
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

/// Every statement, positions included, in the order of a run.
fn script(plan: &Plan) -> String {
    let identities = plan.tables.iter().flat_map(|table| &table.identities).map(|identity| &identity.position);
    let positions = identities.chain(plan.sequences.iter().map(|sequence| &sequence.position));
    let all = plan.statements().chain(positions);
    all.map(|statement| format!("{};\n", statement.sql.replace("{next}", "4711"))).collect()
}

fn check(schema: &Schema, server: &Server) {
    let plan = plan_for(schema, server.product, &Policies::default());
    let database = format!("plan_{}_{}", schema.product.name.to_lowercase(), std::process::id());
    let (create, drop) = match server.product {
        "PostgreSQL" => (
            format!("CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8';"),
            format!("DROP DATABASE IF EXISTS {database} WITH (FORCE);"),
        ),
        _ => (format!("CREATE DATABASE {database};"), format!("DROP DATABASE IF EXISTS {database};")),
    };
    server.run("", &create).unwrap();
    // As sessions of dbferry have it: zero dates are values like others between servers that know them.
    let mode = if server.product == "PostgreSQL" {
        ""
    } else {
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';\n"
    };
    let result = server.run(&database, &format!("{mode}{}", script(&plan)));
    server.run("", &drop).unwrap();
    if let Err(error) = result {
        panic!("{} to {}: {error}\n{}", schema.product.name, server.product, script(&plan));
    }
}

fn check_all(product: &'static str) {
    let Some(server) = Server::find(product) else { return };
    for schema in [postgresql::schema(), mysql::schema("MySQL"), mysql::schema("MariaDB")] {
        check(&schema, &server);
    }
}

#[test]
fn statements_run_on_postgresql() {
    check_all("PostgreSQL");
}

#[test]
fn statements_run_on_mysql() {
    check_all("MySQL");
}

#[test]
fn statements_run_on_mariadb() {
    check_all("MariaDB");
}
