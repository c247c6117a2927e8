//! Host settings: `h`, `h:port`, `[::1]`, `[::1]:5432`.

use super::fault::Problem;
use std::net::Ipv6Addr;

/// Longest name of a host, in bytes.
const LONGEST: usize = 253;
const FORMS: &str = "write host, host:port or [IPv6 address]:port";

/// Splits at the last colon, brackets protecting the colons of IPv6 addresses, as the Mendix runtime does.
///
/// The text is never quoted in a problem: in a malformed URL it can be a piece of a password.
pub(crate) fn split(text: &str) -> Result<(String, Option<u16>), Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new("the host is empty", FORMS));
    }
    if text.contains(',') {
        return Err(Problem::new("several hosts are given", "give the one server to copy from or to"));
    }
    if text.starts_with('/') || text.starts_with('\\') {
        return Err(Problem::new("a socket path is given", "only TCP is supported: give host:port"));
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(Problem::new("an IPv6 address needs brackets", FORMS));
    }
    let (host, port) = cut(text)?;
    check(host)?;
    let port = port.map(parse_port).transpose()?;
    Ok((host.to_string(), port))
}

fn cut(text: &str) -> Result<(&str, Option<&str>), Problem> {
    if let Some(rest) = text.strip_prefix('[') {
        let Some((host, tail)) = rest.split_once(']') else {
            return Err(Problem::new("a bracket is not closed", FORMS));
        };
        if host.split('%').next().is_none_or(|address| address.parse::<Ipv6Addr>().is_err()) {
            return Err(Problem::new("what stands in brackets is no IPv6 address", FORMS));
        }
        return match (tail.is_empty(), tail.strip_prefix(':')) {
            (true, _) => Ok((host, None)),
            (false, Some(port)) => Ok((host, Some(port))),
            (false, None) => Err(Problem::new("only :port may follow the bracket", FORMS)),
        };
    }
    Ok(text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))))
}

fn check(host: &str) -> Result<(), Problem> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if host.is_empty() {
        Err(Problem::new("the host is empty", FORMS))
    } else if host.len() > LONGEST {
        Err(Problem::new("the host is longer than any name can be", FORMS))
    } else if host.chars().all(fits) && (host.parse::<Ipv6Addr>().is_ok() || !host.contains([':', '%']) || scoped(host))
    {
        Ok(())
    } else {
        Err(Problem::new("this is not a host name", FORMS))
    }
}

/// `fe80::1%eth0`.
fn scoped(host: &str) -> bool {
    host.split_once('%').is_some_and(|(address, scope)| address.parse::<Ipv6Addr>().is_ok() && !scope.is_empty())
}

fn parse_port(text: &str) -> Result<u16, Problem> {
    let port = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    port.filter(|p| *p > 0).ok_or_else(|| Problem::new("the port is not a number from 1 to 65535", FORMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let good = [
            ("h", "h", None),
            (" db.example.com ", "db.example.com", None),
            ("h:5432", "h", Some(5432)),
            ("10.0.0.1:1", "10.0.0.1", Some(1)),
            ("[::1]", "::1", None),
            ("[::1]:65535", "::1", Some(65535)),
            ("[fe80::1%eth0]:5432", "fe80::1%eth0", Some(5432)),
            ("my_db-1", "my_db-1", None),
        ];
        for (text, host, port) in good {
            assert_eq!(split(text), Ok((host.to_string(), port)), "{text}");
        }
        let bad = [
            "",
            " ",
            ":5432",
            "h:",
            "h:0",
            "h:65536",
            "h:+1",
            "h:x",
            "::1",
            "fe80::1",
            "[::1",
            "[::1]5432",
            "[h]:1",
            "[]",
            "a:b:1",
            "h1,h2",
            "/var/run",
            "u@h",
            "h h",
            "h/db",
            "h?x",
            "[::1]:",
        ];
        for text in bad {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
