//! The certificates of clients, where they must show one.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::{TlsError, bytes, provider};

const AUTHORITIES: &str = "--tls-client-ca (TLS_CLIENT_CA)";

/// Who vouches for clients, at this moment.
#[derive(Debug)]
pub(super) struct Clients(ArcSwap<Arc<dyn ClientCertVerifier>>);

impl Clients {
    /// Reads the authorities' certificates.
    pub(super) fn open(path: &Path) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::from_pointee(read(path)?)))
    }

    /// The next connections are judged by this.
    pub(super) fn replace(&self, verifier: Arc<dyn ClientCertVerifier>) {
        self.0.store(Arc::new(verifier));
    }
}

/// What judges by the authorities in a file.
pub(super) fn read(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let unusable = |reason: String| TlsError::Unusable { path: path.into(), option: AUTHORITIES, reason };
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes(path, AUTHORITIES)?) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        authorities.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if authorities.is_empty() {
        return Err(TlsError::Absent {
            path: path.into(),
            option: AUTHORITIES,
            what: "certificate",
            cure: "expected PEM with -----BEGIN CERTIFICATE-----",
        });
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider())
        .build()
        .map_err(|error| unusable(error.to_string()))
}

impl ClientCertVerifier for Clients {
    /// None: a client knows which certificate it has for this server, and the list may change while it is asked.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.load().verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.load().supported_verify_schemes()
    }
}
