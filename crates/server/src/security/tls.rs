//! Encryption: the server's certificate, and those of clients where they must show one. Both are read again when their
//! files change, while open connections go on with what they met.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use thiserror::Error;

use super::changes::Changes;

mod clients;
mod identity;

use clients::Clients;
use identity::Identity;

/// The files of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The server's certificate and those between it and its authority, PEM.
    pub certificate: PathBuf,
    /// The private key of the certificate, PEM.
    pub key: PathBuf,
    /// Certificates of the authorities of clients, PEM; with it, a client without a certificate is refused.
    pub client_authorities: Option<PathBuf>,
}

/// Why there is no encryption.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}, given by {option}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The option and the variable that name it.
        option: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file holds nothing of the kind.
    #[error("no {what} in {}, given by {option}: {cure}", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
        /// The option and the variable that name it.
        option: &'static str,
        /// What it should hold.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// Key and certificate do not belong together.
    #[error(
        "the key in {} (--tls-key) is not that of the first certificate in {} (--tls-cert): \
         name the two files that were issued together, and put the server's own certificate first",
        key.display(), certificate.display()
    )]
    Mismatch {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// A certificate or key is not usable.
    #[error("{} (given by {option}) cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The option and the variable that name it.
        option: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Encryption as the files say at this moment.
#[derive(Debug)]
pub struct Tls {
    settings: TlsSettings,
    changes: Changes,
    identity: Arc<Identity>,
    clients: Option<Arc<Clients>>,
    config: ServerConfig,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they do not make a server that clients would talk to.
    pub fn open(settings: &TlsSettings) -> Result<Self, TlsError> {
        let authorities = settings.client_authorities.as_deref();
        let files = [Some(&*settings.certificate), Some(&*settings.key), authorities];
        let changes = Changes::of(&files.into_iter().flatten().collect::<Vec<_>>());
        let identity = Arc::new(Identity::open(settings)?);
        let clients = authorities.map(Clients::open).transpose()?.map(Arc::new);
        let unusable = |error: rustls::Error| TlsError::Unusable {
            path: settings.certificate.clone(),
            option: identity::CERTIFICATE,
            reason: error.to_string(),
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let mut config = match &clients {
            Some(clients) => builder.with_client_cert_verifier(clients.clone()),
            None => builder.with_no_client_auth(),
        }
        .with_cert_resolver(identity.clone());
        if clients.is_some() {
            // A resumed session is not asked for its certificate again, whatever has been withdrawn since.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self { settings: settings.clone(), changes, identity, clients, config })
    }

    /// The configuration of a listener, without protocols (ALPN). It follows the files by itself.
    pub fn server_config(&self) -> ServerConfig {
        self.config.clone()
    }

    /// Reads the files again, or only if they have changed. Those that cannot be used leave everything as it is.
    pub(super) fn refresh(&self, always: bool) {
        if !self.changes.noticed() && !always {
            return;
        }
        let read = || {
            let identity = Identity::read(&self.settings)?;
            let authorities = self.settings.client_authorities.as_deref().map(clients::read).transpose()?;
            Ok::<_, TlsError>((identity, authorities))
        };
        match read() {
            Ok((identity, authorities)) => {
                self.identity.replace(identity);
                if let (Some(clients), Some(authorities)) = (&self.clients, authorities) {
                    clients.replace(authorities);
                }
                tracing::info!(path = %self.settings.certificate.display(), "certificate read");
            }
            Err(error) => tracing::error!(reason = %error, "the certificate stays as it was"),
        }
    }
}

/// The cryptography: ring's, named here, so that no other crate's choice matters.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn bytes(path: &Path, option: &'static str) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.into(), option, source })
}
