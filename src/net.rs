//! One TCP connection, plain or under TLS, that can be shut down from another thread.

use crate::endpoint::{Endpoint, TlsMode};
use crate::error::{Error, ErrorKind, Nature, Result};
use crate::pace::Paced;
use crate::socket::{Breaker, Socket};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WantsClientCert, WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
    WantsVerifier,
};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A connection to a server.
pub(crate) enum Stream {
    /// Plain text.
    Plain(Paced<Socket>),
    /// Under TLS.
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(s) => s.read(buf),
            Stream::Tls(s) => s.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(s) => s.write(buf),
            Stream::Tls(s) => s.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(s) => s.flush(),
            Stream::Tls(s) => s.flush(),
        }
    }
}

impl Stream {
    /// A connection that stands already, in plain text.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn plain(tcp: TcpStream) -> Stream {
        Stream::Plain(Paced::new(Socket::new(tcp, crate::socket::STALL)))
    }

    /// Connects to the endpoint's host and port, trying each of its addresses.
    pub(crate) fn connect(endpoint: &Endpoint) -> Result<Stream> {
        let place = format!("{}:{}", endpoint.host, endpoint.port);
        let addresses = (endpoint.host.as_str(), endpoint.port).to_socket_addrs().map_err(|e| {
            Error::new(ErrorKind::Connect, "the host name cannot be resolved")
                .object(place.clone())
                .help("check the host setting and the name service")
                .caused_by(e)
        })?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, endpoint.connect_timeout) {
                Ok(stream) => return prepare(stream, endpoint).map_err(|e| connect_error(&place, e)),
                Err(e) => last = e,
            }
        }
        Err(connect_error(&place, last))
    }

    /// Bounds all that follows, the handshake as a whole; `None` ends that: statements can be silent for long.
    pub(crate) fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket().set_timeout(timeout)
    }

    /// Whether a server that sends nothing for long is lost (in the middle of rows), or may be at work.
    pub(crate) fn expect_bytes(&self, due: bool) -> io::Result<()> {
        self.socket().expect_bytes(due)
    }

    /// A handle that breaks this connection from another thread.
    pub(crate) fn breaker(&self) -> Breaker {
        self.socket().breaker()
    }

    /// Starts TLS as the endpoint wants it (never called for `TlsMode::Off`).
    pub(crate) fn into_tls(self, endpoint: &Endpoint) -> Result<Stream> {
        let Stream::Plain(paced) = self else { return Ok(self) };
        let mut tcp = paced.into_inner();
        let place = format!("{}:{}", endpoint.host, endpoint.port);
        let name = ServerName::try_from(endpoint.host.clone())
            .map_err(|e| tls_error(&place, "the host name cannot stand in a certificate").caused_by(e))?;
        let config = client_config(endpoint)?;
        let mut connection = ClientConnection::new(Arc::new(config), name)
            .map_err(|e| tls_error(&place, "TLS cannot be set up").caused_by(e))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut tcp).map_err(|e| {
                tls_error(&place, "the TLS handshake failed")
                    .help("check the server's certificate; verified TLS needs the host name in it and a CA file or system authority")
                    .caused_by(e)
            })?;
        }
        Ok(Stream::Tls(Box::new(StreamOwned::new(connection, tcp))))
    }

    /// Lets reads return at once with `WouldBlock`, or wait again.
    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket().set_nonblocking(nonblocking)
    }

    /// The server's certificate, for channel binding.
    pub(crate) fn peer_certificate(&self) -> Option<&[u8]> {
        match self {
            Stream::Plain(_) => None,
            Stream::Tls(s) => s.conn.peer_certificates()?.first().map(|c| c.as_ref()),
        }
    }

    /// Protection in words, for the report.
    pub(crate) fn protection(&self, mode: &TlsMode) -> String {
        match (self, mode) {
            (Stream::Plain(_), _) => "plain".to_string(),
            (Stream::Tls(s), mode) => {
                let version = match s.conn.protocol_version() {
                    Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
                    _ => "TLS 1.2",
                };
                let verified = match mode {
                    TlsMode::VerifyFull { .. } => "verified",
                    TlsMode::VerifyCa { .. } => "authority verified, host name not",
                    _ => "certificate not verified",
                };
                format!("{version}, {verified}")
            }
        }
    }

    fn socket(&self) -> &Socket {
        match self {
            Stream::Plain(s) => s.get_ref(),
            Stream::Tls(s) => &s.sock,
        }
    }
}

fn prepare(stream: TcpStream, endpoint: &Endpoint) -> io::Result<Stream> {
    stream.set_nodelay(true)?;
    let socket = Socket::new(stream, endpoint.stall_timeout);
    endpoint.cancel.register(socket.breaker());
    socket.keep_alive()?;
    Ok(Stream::Plain(Paced::new(socket)))
}

fn connect_error(place: &str, cause: io::Error) -> Error {
    let (what, help) = match cause.kind() {
        io::ErrorKind::ConnectionRefused => {
            ("nothing listens there", "check host and port, and that the server runs and accepts TCP connections")
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ("no answer in time", "check host, port and firewalls"),
        _ => ("the connection failed", "check host, port and network"),
    };
    Error::new(ErrorKind::Connect, what).nature(Nature::Lost).object(place).help(help).caused_by(cause)
}

fn tls_error(place: &str, what: &str) -> Error {
    Error::new(ErrorKind::Connect, what).object(place)
}

fn client_config(endpoint: &Endpoint) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(ErrorKind::Connect, "TLS cannot be set up").caused_by(e))?;
    let builder = match &endpoint.tls {
        TlsMode::VerifyFull { ca } => {
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(ca.as_deref())?), provider)
                .build()
                .map_err(|e| {
                    Error::new(ErrorKind::Connect, "the certificate authorities cannot be used").caused_by(e)
                })?;
            builder.dangerous().with_custom_certificate_verifier(verifier)
        }
        TlsMode::VerifyCa { ca } => lenient(builder, Some(roots(ca.as_deref())?), provider),
        TlsMode::Off | TlsMode::Prefer | TlsMode::Unverified => lenient(builder, None, provider),
    };
    match &endpoint.client_certificate {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let chain = read_certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|e| pem_error(key, e))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|e| Error::new(ErrorKind::Connect, "the client certificate cannot be used").caused_by(e))
        }
    }
}

fn lenient(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    builder.dangerous().with_custom_certificate_verifier(Arc::new(Lenient { roots, provider }))
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let certificates = match ca {
        Some(path) => read_certificates(path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    store.add_parsable_certificates(certificates);
    if store.is_empty() {
        return Err(Error::new(ErrorKind::Connect, "no certificate authority is known")
            .help("name a PEM file of authorities (sslrootcert / serverSslCert in the JDBC URL)"));
    }
    Ok(store)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_file_iter(path).and_then(|certificates| certificates.collect()).map_err(|e| pem_error(path, e))
}

fn pem_error(path: &Path, cause: rustls::pki_types::pem::Error) -> Error {
    Error::new(ErrorKind::Connect, "the PEM file cannot be read").object(path.display().to_string()).caused_by(cause)
}

/// Does not check the host name; verifies the chain against `roots`, or accepts any certificate where there are none
/// (what `DatabaseUseSsl: true` means to the Mendix Runtime).
#[derive(Debug)]
struct Lenient {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
