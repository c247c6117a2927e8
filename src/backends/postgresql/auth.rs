//! Proving who we are: SCRAM-SHA-256 with channel binding, md5, and a clear-text password under TLS only.

use super::fault::Fault;
use super::session::{take, take_i32, text_until_zero};
use super::wire::{Wire, cstring, message};
use crate::endpoint::Endpoint;
use crate::net::Stream;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256};
use rustls::crypto::hash::HashAlgorithm;
use std::io;

/// Servers want 4096 rounds and careful ones some ten thousands; each takes this machine's time.
const MAX_ITERATIONS: u64 = 1_000_000;

type Result<T> = std::result::Result<T, Fault>;

/// Answers one authentication request (`body` of an `R` message). True when the server is satisfied.
pub(super) fn answer(wire: &mut Wire, endpoint: &Endpoint, body: &[u8]) -> Result<bool> {
    let mut rest = body;
    let password = endpoint.password.expose();
    match take_i32(&mut rest)? {
        0 => return Ok(true),
        3 if matches!(wire.stream(), Stream::Plain(_)) => {
            return Err(Fault::Login("the password in clear text on a connection without TLS"));
        }
        3 => send_password(wire, password)?,
        5 => {
            let salt = take(&mut rest, 4)?;
            let hash = md5_hash(endpoint.user.as_bytes(), password.as_bytes(), [salt[0], salt[1], salt[2], salt[3]]);
            send_password(wire, &hash)?;
        }
        10 => scram(wire, password, rest)?,
        _ => {
            return Err(Fault::Login("a kind of authentication other than SCRAM-SHA-256, md5 and password"));
        }
    }
    Ok(false)
}

fn send_password(wire: &mut Wire, password: &str) -> Result<()> {
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(password.len() + 6));
    message(&mut out, b'p', |out| cstring(out, password));
    Ok(wire.send(&out)?)
}

fn scram(wire: &mut Wire, password: &str, mechanisms: &[u8]) -> Result<()> {
    let offered: Vec<&[u8]> = mechanisms.split(|b| *b == 0).collect();
    let plus = offered.contains(&SCRAM_SHA_256_PLUS.as_bytes());
    if !plus && !offered.contains(&SCRAM_SHA_256.as_bytes()) {
        return Err(Fault::Login("a SASL mechanism other than SCRAM-SHA-256"));
    }
    let binding = wire.stream().peer_certificate().and_then(end_point);
    let (mechanism, binding) = match binding {
        Some(hash) if plus => (SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(hash)),
        Some(_) => (SCRAM_SHA_256, ChannelBinding::unrequested()),
        None => (SCRAM_SHA_256, ChannelBinding::unsupported()),
    };
    let mut scram = ScramSha256::new(password.as_bytes(), binding);
    let mut out = Vec::new();
    message(&mut out, b'p', |out| {
        cstring(out, mechanism);
        out.extend_from_slice(&(scram.message().len() as u32).to_be_bytes());
        out.extend_from_slice(scram.message());
    });
    wire.send(&out)?;
    let challenge = sasl_body(wire, 11)?;
    if iterations(&challenge) > MAX_ITERATIONS {
        return Err(Fault::Login("more rounds of SCRAM than an honest server needs"));
    }
    scram.update(&challenge).map_err(scram_fault)?;
    out.clear();
    message(&mut out, b'p', |out| out.extend_from_slice(scram.message()));
    wire.send(&out)?;
    scram.finish(&sasl_body(wire, 12)?).map_err(scram_fault)
}

/// Rounds that the server's challenge asks for (`r=…,s=…,i=4096`); 0 where it does not say.
fn iterations(challenge: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(challenge);
    text.rsplit_once(",i=").map_or(0, |(_, number)| number.trim().parse().unwrap_or(u64::MAX))
}

/// The server's next SASL message, which must be of kind `expected`.
fn sasl_body(wire: &mut Wire, expected: i32) -> Result<Vec<u8>> {
    let frame = wire.frame()?;
    let mut body = frame.body();
    match frame.tag {
        b'R' if take_i32(&mut body)? == expected => Ok(body.to_vec()),
        b'E' => Err(Fault::Server(Box::new(super::fault::Refusal::parse(body)))),
        _ => Err(Fault::Protocol("it breaks off the SCRAM exchange")),
    }
}

fn scram_fault(error: io::Error) -> Fault {
    Fault::Io(io::Error::new(error.kind(), format!("SCRAM: {}", text_until_zero(error.to_string().as_bytes()))))
}

/// `tls-server-end-point` (RFC 5929): the certificate hashed with the hash of its own signature.
/// `None` for signatures whose hash is not at hand.
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let wanted = match signature_algorithm(certificate)? {
        // RSA with MD5, SHA-1 (both raised to SHA-256) and SHA-256; ECDSA with SHA-1 and SHA-256.
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04" | b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05" => HashAlgorithm::SHA256,
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" | b"\x2a\x86\x48\xce\x3d\x04\x01" => HashAlgorithm::SHA256,
        b"\x2a\x86\x48\xce\x3d\x04\x03\x02" => HashAlgorithm::SHA256,
        // RSA and ECDSA with SHA-384.
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c" | b"\x2a\x86\x48\xce\x3d\x04\x03\x03" => HashAlgorithm::SHA384,
        _ => return None,
    };
    let provider = rustls::crypto::ring::default_provider();
    let hash = provider
        .cipher_suites
        .iter()
        .filter_map(|suite| suite.tls13())
        .map(|suite| suite.common.hash_provider)
        .find(|hash| hash.algorithm() == wanted)?;
    Some(hash.hash(certificate).as_ref().to_vec())
}

/// Object identifier of a certificate's signature: `SEQUENCE { tbs SEQUENCE, SEQUENCE { OID, … }, … }`.
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    let (mut inside, _) = der(certificate, 0x30)?;
    (_, inside) = der(inside, 0x30)?;
    let (algorithm, _) = der(inside, 0x30)?;
    der(algorithm, 0x06).map(|(oid, _)| oid)
}

/// Content of the first DER element, which must have `tag`, and what follows it.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = bytes.split_first_chunk::<2>()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (first as usize, rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked((first & 0x7f) as usize)?;
            (length.iter().fold(0, |n, b| (n << 8) | *b as usize), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signature_algorithm_is_found() {
        // SEQUENCE { SEQUENCE { 5 bytes }, SEQUENCE { OID ecdsa-with-SHA256 } }
        let mut certificate = vec![0x30, 0x81, 19, 0x30, 5, 1, 2, 3, 4, 5, 0x30, 10, 0x06, 8];
        certificate.extend_from_slice(b"\x2a\x86\x48\xce\x3d\x04\x03\x02");
        assert_eq!(signature_algorithm(&certificate), Some(&certificate[14..]));
        assert_eq!(end_point(&certificate).map(|hash| hash.len()), Some(32));
    }

    #[test]
    fn iterations_are_counted() {
        assert_eq!(iterations(b"r=a,i=9x,s=b,i=4096"), 4096);
        assert_eq!(iterations(b"r=a,s=b,i=99999999999999999999999"), u64::MAX);
        assert_eq!(iterations(b"r=a"), 0);
    }

    proptest! {
        #[test]
        fn no_certificate_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            bytes.splice(0..0, [0x30]);
            let _ = end_point(&bytes);
        }
    }
}
