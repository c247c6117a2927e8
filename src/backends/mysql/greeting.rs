//! The server's greeting and our answer to it.

use super::fault::Fault;
use crate::schema::Product;
use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthPlugin, HandshakeResponse, SslRequest};
use mysql_common::proto::MySerialize;
use std::collections::HashMap;

/// Largest packet we announce.
const MAX_PACKET: u32 = 1 << 30;
/// utf8mb4_general_ci, which every supported server knows.
const CHARSET: u8 = 45;

/// What the server said first.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    /// Server.
    pub(super) product: Product,
    /// Connection id.
    pub(super) thread: u32,
    /// What it can do.
    pub(super) capabilities: CapabilityFlags,
    /// Challenge for the password.
    pub(super) nonce: Vec<u8>,
    /// Authentication plugin it starts with.
    pub(super) plugin: String,
}

impl Greeting {
    /// Parses protocol version 10.
    pub(super) fn parse(packet: &[u8]) -> Result<Greeting, Fault> {
        parse(packet).ok_or(Fault::Protocol("the greeting is not that of a MySQL or MariaDB server"))
    }

    /// What we use of what the server can do.
    pub(super) fn ours(&self, tls: bool, local_files: bool) -> Result<CapabilityFlags, Fault> {
        let needed = CapabilityFlags::CLIENT_PROTOCOL_41
            | CapabilityFlags::CLIENT_SECURE_CONNECTION
            | CapabilityFlags::CLIENT_PLUGIN_AUTH
            | CapabilityFlags::CLIENT_DEPRECATE_EOF;
        if !self.capabilities.contains(needed) {
            return Err(Fault::Protocol("the server is older than MySQL 5.7 or MariaDB 10.2"));
        }
        let mut flags = needed
            | CapabilityFlags::CLIENT_LONG_PASSWORD
            | CapabilityFlags::CLIENT_LONG_FLAG
            | CapabilityFlags::CLIENT_TRANSACTIONS
            // MariaDB takes the flags from the TLS request: what the answer will hold must stand there already.
            | CapabilityFlags::CLIENT_CONNECT_WITH_DB
            | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
            | CapabilityFlags::CLIENT_CONNECT_ATTRS;
        flags &= self.capabilities | CapabilityFlags::CLIENT_LONG_PASSWORD;
        flags.set(CapabilityFlags::CLIENT_SSL, tls);
        flags.set(CapabilityFlags::CLIENT_LOCAL_FILES, local_files);
        Ok(flags)
    }
}

fn parse(packet: &[u8]) -> Option<Greeting> {
    let mut buf = ParseBuf(packet);
    if buf.checked_eat_u8()? != 10 {
        return None;
    }
    let end = memchr::memchr(0, buf.0)?;
    let version = std::str::from_utf8(buf.checked_eat(end)?).ok()?;
    buf.checked_skip(1).then_some(())?;
    let thread = buf.checked_eat_u32_le()?;
    let mut nonce = buf.checked_eat(8)?.to_vec();
    buf.checked_skip(1).then_some(())?;
    let low = buf.checked_eat_u16_le()?;
    buf.checked_skip(3).then_some(())?;
    let high = buf.checked_eat_u16_le()?;
    let nonce_len = usize::from(buf.checked_eat_u8()?);
    buf.checked_skip(10).then_some(())?;
    let second = buf.checked_eat(nonce_len.saturating_sub(8).max(13).min(buf.len()))?;
    nonce.extend_from_slice(second.strip_suffix(&[0]).unwrap_or(second));
    let plugin = String::from_utf8_lossy(buf.0.strip_suffix(&[0]).unwrap_or(buf.0)).into_owned();
    let capabilities = CapabilityFlags::from_bits_truncate(u32::from(high) << 16 | u32::from(low));
    Some(Greeting { product: product(version), thread, capabilities, nonce, plugin })
}

/// Product and version from the version string.
pub(super) fn product(version: &str) -> Product {
    // MariaDB before 11 hides behind this for clients that only know MySQL.
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let numbers = (next(), next(), next());
    let name = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
    Product { name: name.to_string(), version: version.to_string(), numbers }
}

/// The request to go on under TLS.
pub(super) fn ssl_request(flags: CapabilityFlags) -> Vec<u8> {
    let mut out = Vec::new();
    SslRequest::new(flags, MAX_PACKET, CHARSET).serialize(&mut out);
    out
}

/// Our answer to the greeting.
pub(super) fn response(
    flags: CapabilityFlags,
    user: &str,
    database: &str,
    plugin: &AuthPlugin<'_>,
    answer: &[u8],
) -> Vec<u8> {
    // DBAs find (and kill) our sessions by this.
    let attributes = HashMap::from([
        ("program_name".to_string(), "dbferry".to_string()),
        ("_client_version".to_string(), env!("CARGO_PKG_VERSION").to_string()),
    ]);
    let attributes = flags.contains(CapabilityFlags::CLIENT_CONNECT_ATTRS).then_some(attributes);
    let mut out = Vec::new();
    HandshakeResponse::new(
        Some(answer),
        (8, 0, 0),
        Some(user.as_bytes()),
        Some(database.as_bytes()),
        Some(plugin.borrow()),
        flags,
        attributes,
        MAX_PACKET,
    )
    .serialize(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        let maria = product("5.5.5-10.11.19-MariaDB-0+deb12u1-log");
        assert_eq!((maria.name.as_str(), maria.numbers), ("MariaDB", (10, 11, 19)));
        assert_eq!(maria.version, "10.11.19-MariaDB-0+deb12u1-log");
        assert_eq!(product("9.7.4-2").numbers, (9, 7, 4));
        assert_eq!(product("11.8.2-MariaDB").numbers, (11, 8, 2));
    }

    #[test]
    fn garbage_is_refused() {
        assert!(Greeting::parse(b"SSH-2.0-OpenSSH").is_err());
        let mut packet = vec![10];
        packet.extend_from_slice(b"8.0.1\0");
        packet.extend_from_slice(&[0xFF; 60]);
        for n in 0..packet.len() {
            let _ = Greeting::parse(&packet[..n]);
        }
    }
}
