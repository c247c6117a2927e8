//! Authentication: which plugin may see what of the password, and the exchange itself.

use super::fault::{Fault, ServerFault};
use super::greeting::{self, Greeting};
use super::wire::Wire;
use crate::endpoint::{Endpoint, TlsMode};
use crate::error::{Error, ErrorKind};
use crate::net::Stream;
use mysql_common::auth::plugins::{AuthProc, ChallengeResponsePlugin, Context, Error as PluginError, Response};
use mysql_common::constants::CapabilityFlags;
use mysql_common::crypto::rsa::PublicKey;
use mysql_common::packets::AuthPlugin;

/// Shortest RSA key we encrypt a password for, in bytes (1024 bits).
const MIN_KEY: usize = 128;
/// A server has no honest reason for more rounds than this.
const MAX_ROUNDS: usize = 8;

struct Exchange<'a> {
    endpoint: &'a Endpoint,
    tls: bool,
    nonce: Vec<u8>,
}

impl Context for &Exchange<'_> {
    fn pass(&self) -> &[u8] {
        self.endpoint.password.expose().as_bytes()
    }

    fn is_ipc_transport(&self) -> bool {
        false
    }

    fn is_tls_transport(&self) -> bool {
        self.tls
    }

    fn scramble(&self) -> &[u8] {
        &self.nonce
    }

    fn server_key_pem(&self) -> Option<&[u8]> {
        None
    }
}

/// Answers the greeting and goes through the password exchange until the server lets us in.
pub(super) fn authenticate(
    wire: &mut Wire<Stream>,
    endpoint: &Endpoint,
    greeting: &Greeting,
    flags: CapabilityFlags,
) -> Result<(), Fault> {
    let tls = flags.contains(CapabilityFlags::CLIENT_SSL);
    let mut exchange = Exchange { endpoint, tls, nonce: greeting.nonce.clone() };
    let mut plugin = AuthPlugin::from_bytes(greeting.plugin.as_bytes()).into_owned();
    // A plugin we cannot start with is changed by the server as soon as it knows the account.
    if !is_safe_opening(&plugin) {
        plugin = AuthPlugin::MysqlNativePassword;
    }
    let mut procedure = start(&plugin, &exchange)?;
    let answer = step(&mut procedure, &exchange, &greeting.nonce)?.unwrap_or_default();
    wire.send(&greeting::response(flags, &endpoint.user, &endpoint.database, &plugin, &answer))?;
    for _ in 0..MAX_ROUNDS {
        let packet = wire.packet()?.to_vec();
        let reply = match packet.first() {
            Some(0x00) => return Ok(()),
            Some(0xFF) => return Err(Fault::Server(ServerFault::parse(&packet))),
            Some(0xFE) => {
                let (name, nonce) = switch(&packet)?;
                plugin = AuthPlugin::from_bytes(name).into_owned();
                exchange.nonce = nonce.to_vec();
                procedure = start(&plugin, &exchange)?;
                // An answer is due even where it is empty.
                Some(step(&mut procedure, &exchange, nonce)?.unwrap_or_default())
            }
            Some(0x01) => {
                let challenge = &packet[1..];
                check_key(challenge)?;
                step(&mut procedure, &exchange, challenge)?
            }
            _ => return Err(Fault::Protocol("the server sent an unknown packet during authentication")),
        };
        if let Some(reply) = reply {
            wire.send(&reply)?;
        }
    }
    Err(Fault::Protocol("the server does not come to an end with authentication"))
}

/// Plugins whose first answer may go out before the server asked for them.
fn is_safe_opening(plugin: &AuthPlugin<'_>) -> bool {
    matches!(plugin, AuthPlugin::MysqlNativePassword | AuthPlugin::CachingSha2Password)
}

fn start(plugin: &AuthPlugin<'_>, exchange: &Exchange<'_>) -> Result<AuthProc, Fault> {
    let refuse = |what: &str, help: &str| Err(Fault::Ours(Error::new(ErrorKind::Connect, what).help(help)));
    let name = String::from_utf8_lossy(plugin.as_bytes()).into_owned();
    match plugin {
        AuthPlugin::MysqlClearPassword if !exchange.tls => refuse(
            "the server asks for the password in clear text on an unprotected connection",
            "use TLS (DatabaseUseSsl: true), or an account with another authentication plugin",
        ),
        AuthPlugin::CachingSha2Password | AuthPlugin::Sha256Password
            if !exchange.tls && !matches!(exchange.endpoint.tls, TlsMode::Off | TlsMode::Prefer) =>
        {
            refuse("the connection has no TLS", "check the TLS settings")
        }
        AuthPlugin::MysqlOldPassword | AuthPlugin::Parsec | AuthPlugin::Other(_) => refuse(
            &format!("the account uses the authentication plugin {name}, which is not supported"),
            "use an account with caching_sha2_password, mysql_native_password or ed25519",
        ),
        plugin => plugin.init().map_err(|_| Fault::Protocol("unknown authentication plugin")),
    }
}

fn step(procedure: &mut AuthProc, exchange: &Exchange<'_>, challenge: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    match procedure.run(exchange, challenge) {
        Ok(Response::Next { packet } | Response::Last { packet }) => Ok(packet),
        // The opening nonce of another plugin's length: the server will switch anyway.
        Err(PluginError::Challenge) => Err(Fault::Protocol("the server's authentication challenge is malformed")),
        Err(_) => Err(Fault::Protocol("the authentication exchange is out of order")),
    }
}

/// Name and challenge of a request to change the plugin.
fn switch(packet: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let body = &packet[1..];
    let end = memchr::memchr(0, body).ok_or(Fault::Protocol("the server asks for a pre-4.1 password"))?;
    let nonce = &body[end + 1..];
    Ok((&body[..end], nonce.strip_suffix(&[0]).unwrap_or(nonce)))
}

/// A public key that is sent to us must be one, and not a toy.
fn check_key(challenge: &[u8]) -> Result<(), Fault> {
    if challenge.len() < 16 {
        return Ok(());
    }
    match PublicKey::from_pem(challenge) {
        Ok(key) if key.num_octets() >= MIN_KEY => Ok(()),
        _ => Err(Fault::Protocol("the server's RSA public key cannot be used")),
    }
}
