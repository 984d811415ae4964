//! The certificate that the server shows, with its key.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore};

use super::{TlsError, TlsSettings, bytes, provider};

pub(super) const CERTIFICATE: &str = "--tls-cert (TLS_CERT)";
pub(super) const KEY: &str = "--tls-key (TLS_KEY)";

/// The certificate that new connections meet.
#[derive(Debug)]
pub(super) struct Identity(ArcSwap<CertifiedKey>);

impl Identity {
    /// Reads certificate and key.
    pub(super) fn open(settings: &TlsSettings) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::from_pointee(Self::read(settings)?)))
    }

    /// The next connections meet this one.
    pub(super) fn replace(&self, identity: CertifiedKey) {
        self.0.store(Arc::new(identity));
    }

    /// Certificate and key in the files, when clients would take them.
    pub(super) fn read(settings: &TlsSettings) -> Result<CertifiedKey, TlsError> {
        let TlsSettings { certificate: path, key: key_path, .. } = settings;
        let unusable =
            |reason: String| TlsError::Unusable { path: path.clone(), option: CERTIFICATE, reason };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes(path, CERTIFICATE)?)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(error.to_string()))?;
        if chain.is_empty() {
            return Err(TlsError::Absent {
                path: path.clone(),
                option: CERTIFICATE,
                what: "certificate",
                cure: "expected PEM with -----BEGIN CERTIFICATE-----",
            });
        }
        if let Some(reason) = untimely(&chain) {
            return Err(unusable(reason));
        }
        let text = bytes(key_path, KEY)?;
        let encrypted = String::from_utf8_lossy(&text).contains("ENCRYPTED");
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|_| TlsError::Absent {
            path: key_path.clone(),
            option: KEY,
            what: "private key",
            cure: if encrypted {
                "the key is encrypted; write it in the clear by `openssl pkey -in KEY -out PLAIN`"
            } else {
                "expected PEM with -----BEGIN PRIVATE KEY-----"
            },
        })?;
        CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { key: key_path.clone(), certificate: path.clone() }
            }
            rustls::Error::InvalidCertificate(error) => unusable(format!("{error:?}")),
            error => TlsError::Unusable { path: key_path.clone(), option: KEY, reason: error.to_string() },
        })
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Why nobody would take the certificate at this time. A verifier that trusts nothing but the certificate itself judges
/// its dates before everything else, and only that judgement counts here.
fn untimely(chain: &[CertificateDer<'static>]) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(chain.first()?.clone()).ok()?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().ok()?;
    let name = ServerName::try_from("localhost").ok()?;
    let verdict = verifier.verify_server_cert(chain.first()?, &[], &name, &[], UnixTime::now());
    let Err(rustls::Error::InvalidCertificate(error)) = verdict else { return None };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some("the certificate has expired; renew it".into())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("the certificate is not valid yet; look at its dates and at this machine's clock".into())
        }
        _ => None,
    }
}
