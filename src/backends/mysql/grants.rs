//! What the account may see of a database, as `SHOW GRANTS` tells it.

use super::fault::Fault;
use super::keys::field;
use super::session::{Session, TextRow};
use super::sql;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Finding;

/// Findings about what the account may not see: that cannot be copied or named, and nobody else would tell.
pub(super) fn findings(session: &mut Session, database: &str) -> Result<Vec<Finding>> {
    let grants = session.rows("SHOW GRANTS").map_err(|f| f.error(ErrorKind::Introspect, "grants cannot be read"))?;
    Ok(about(&grants, database))
}

/// What building, loading and verifying a target, and going on with an unfinished run, take.
const TARGET: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "REFERENCES", "DROP"];

/// Settings that are on and keep accounts from writing; `read_only` some of them.
const READ_ONLY: &str = "SHOW GLOBAL VARIABLES \
    WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only') AND Value <> 'OFF'";

/// Refuses a target account that would fail half-way.
///
/// # Errors
/// `Connect`, naming all privileges that are missing.
pub(super) fn check_target(session: &mut Session, endpoint: &Endpoint) -> Result<()> {
    let grants = session.rows("SHOW GRANTS").map_err(|f| f.error(ErrorKind::Connect, "grants cannot be read"))?;
    let database = &endpoint.database;
    let has = |privilege: &str| grants.iter().any(|row| covers(field(row, 0), privilege, database));
    let missing: Vec<_> = TARGET.into_iter().filter(|privilege| !has(privilege)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (missing, database) = (missing.join(", "), sql::name(database));
    Err(Error::new(ErrorKind::Connect, format!("user {} lacks {missing} on database {database}", endpoint.user))
        .object(endpoint.display_name())
        .help(format!("GRANT {missing} ON {database}.* TO the account")))
}

/// Refuses a server that takes no writes from this account: a replica, as a rule.
///
/// # Errors
/// `Connect`, naming the setting.
pub(super) fn check_writable(session: &mut Session) -> Result<()> {
    let failed = |fault: Fault| fault.error(ErrorKind::Connect, "the server's settings cannot be read");
    let on = session.rows(READ_ONLY).map_err(failed)?;
    let on: Vec<&str> = on.iter().map(|row| field(row, 0)).collect();
    let Some(setting) = on.iter().find(|name| **name != "read_only").or(on.first()) else { return Ok(()) };
    let grants = session.rows("SHOW GRANTS").map_err(failed)?;
    if *setting == "read_only" && grants.iter().any(|row| writes_anyway(field(row, 0))) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Connect, format!("the server takes no writes: {setting} is on"))
        .help("name the primary server, or switch the setting off if the target may be written"))
}

/// Whether a grant lets the account write where `read_only` is on. What a role grants is only known to the server.
fn writes_anyway(grant: &str) -> bool {
    const ENOUGH: [&str; 4] = ["ALL PRIVILEGES", "SUPER", "CONNECTION_ADMIN", "READ_ONLY ADMIN"];
    let listed = grant.strip_prefix("GRANT ").and_then(|grant| grant.split_once(" ON *.*"));
    let enough = |(list, _): (&str, &str)| list.split(',').any(|privilege| ENOUGH.contains(&privilege.trim()));
    listed.is_some_and(enough) || grant.starts_with("GRANT `")
}

fn about(grants: &[TextRow], database: &str) -> Vec<Finding> {
    let has = |wanted: &str| grants.iter().any(|row| covers(field(row, 0), wanted, database));
    let mut findings = Vec::new();
    if !has("SELECT") {
        let text = "the account has no SELECT on the whole database: tables that it may not see are not copied";
        findings.push(
            Finding::warning("partial-privileges", database, text)
                .help(format!("GRANT SELECT ON {}.* TO the account", sql::name(database))),
        );
    }
    let unseen: Vec<_> = [("TRIGGER", "triggers"), ("EVENT", "events"), ("EXECUTE", "routines")]
        .into_iter()
        .filter(|(privilege, _)| !has(privilege))
        .map(|(_, objects)| objects)
        .collect();
    if !unseen.is_empty() {
        let text = format!("the account may not see {}: none is copied, and none can be named", unseen.join(", "));
        findings.push(Finding::note("not-visible", database, text));
    }
    findings
}

/// Whether a grant gives a privilege on all of a database. What a role grants is only known to the server.
fn covers(grant: &str, privilege: &str, database: &str) -> bool {
    let Some((privileges, rest)) = grant.strip_prefix("GRANT ").and_then(|grant| grant.split_once(" ON ")) else {
        return grant.starts_with("GRANT `");
    };
    let object = rest.split(" TO ").next().unwrap_or_default();
    let Some(pattern) = object.strip_suffix(".*") else { return false };
    let pattern = pattern.trim_matches('`').replace("``", "`");
    let listed = privileges.split(", ").any(|p| p == privilege || p == "ALL PRIVILEGES");
    listed && (object == "*.*" || matches(&pattern, database))
}

/// Whether a database is meant: `%` and `_` stand for any characters unless a backslash is before them.
fn matches(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    // How much of the name the pattern so far can have used up.
    let mut used = vec![false; name.len() + 1];
    used[0] = true;
    let mut pattern = pattern.chars();
    while let Some(first) = pattern.next() {
        if first == '%' {
            let start = used.iter().position(|u| *u).unwrap_or(used.len());
            used[start..].fill(true);
            continue;
        }
        let wanted = if first == '\\' { pattern.next().unwrap_or('\\') } else { first };
        let any = first == '_';
        let next = |at: usize| at > 0 && used[at - 1] && (any || name[at - 1] == wanted);
        used = (0..used.len()).map(next).collect();
    }
    used[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(grants: &[&str]) -> Vec<&'static str> {
        let rows: Vec<TextRow> = grants.iter().map(|grant| vec![Some((*grant).to_string())]).collect();
        about(&rows, "my_app").iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn grants_on_other_databases_do_not_count() {
        assert_eq!(codes(&["GRANT SELECT ON `other`.* TO `a`@`%`"]), ["partial-privileges", "not-visible"]);
        assert_eq!(codes(&["GRANT SELECT ON `my_app`.`t` TO `a`@`%`"]), ["partial-privileges", "not-visible"]);
        assert_eq!(codes(&["GRANT SELECT ON `my\\_app`.* TO `a`@`%`"]), ["not-visible"]);
        assert_eq!(codes(&["GRANT SELECT, INSERT ON `my%`.* TO `a`@`%`"]), ["not-visible"]);
        assert_eq!(codes(&["REVOKE SELECT ON `my_app`.* FROM `a`@`%`"]), ["partial-privileges", "not-visible"]);
    }

    #[test]
    fn everything_covers_everything() {
        for grant in [
            "GRANT ALL PRIVILEGES ON *.* TO `a`@`%`",
            "GRANT ALL PRIVILEGES ON `my_app`.* TO `a`@`%`",
            "GRANT `r`@`%` TO `a`",
        ] {
            assert!(codes(&[grant]).is_empty(), "{grant}");
        }
        assert!(codes(&["GRANT SELECT, TRIGGER, EVENT, EXECUTE ON `my_app`.* TO `a`@`%`"]).is_empty());
    }

    #[test]
    fn who_writes_anyway() {
        for grant in [
            "GRANT ALL PRIVILEGES ON *.* TO `a`@`%`",
            "GRANT BINLOG_ADMIN,CONNECTION_ADMIN ON *.* TO `a`@`%`",
            "GRANT `r`@`%` TO `a`@`%`",
        ] {
            assert!(writes_anyway(grant), "{grant}");
        }
        for grant in ["GRANT ALL PRIVILEGES ON `d`.* TO `a`@`%`", "GRANT SELECT, INSERT ON *.* TO `a`@`%`"] {
            assert!(!writes_anyway(grant), "{grant}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in
            [("a%", "abc", true), ("%", "", true), ("a_c", "abc", true), ("a\\_c", "abc", false), ("%c%", "abd", false)]
        {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
