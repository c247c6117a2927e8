//! Certificates of the tests' own: good ones, and one for each way of being bad.

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// A certificate of a server on 127.0.0.1, by what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nothing.
    None,
    /// Nobody but itself vouches for it.
    SelfSigned,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is another host's.
    WrongHost,
    /// An authority vouches for it that nobody named.
    Stranger,
}

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one, which nobody knows yet.
    pub(crate) fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key is made");
        Authority(CertifiedIssuer::self_signed(params, key).expect("an authority is made"))
    }

    /// Its certificate, for those who trust it.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's side of TLS with a certificate that has this flaw.
    pub(crate) fn server(&self, flaw: Flaw) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key is made");
        let certificate = self.certificate(flaw, &key);
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], secret));
        Arc::new(config.expect("the server's side of TLS"))
    }

    fn certificate(&self, flaw: Flaw, key: &KeyPair) -> Certificate {
        let host = if flaw == Flaw::WrongHost { "other.example" } else { "127.0.0.1" };
        let mut params = CertificateParams::new([host.to_string()]).expect("a host name");
        (params.not_before, params.not_after) = match flaw {
            Flaw::Expired => (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1)),
            Flaw::NotYetValid => (date_time_ymd(2990, 1, 1), date_time_ymd(2999, 1, 1)),
            _ => (date_time_ymd(2001, 1, 1), date_time_ymd(2999, 1, 1)),
        };
        let made = match flaw {
            Flaw::SelfSigned => params.self_signed(key),
            Flaw::Stranger => params.signed_by(key, &Authority::new("stranger").0),
            _ => params.signed_by(key, &self.0),
        };
        made.expect("a certificate is made")
    }
}
