//! Who may ask what: API keys with scopes, addresses, rates, and what is encrypted.
//!
//! Every resource says where it is registered (`crate::api`) what it needs, by [`Access`]; its gate asks [`Security`]
//! before the handler runs and before a body is read. Another protocol asks [`Security::admit`] with its own [`Head`], or
//! [`Security::check_key`] with a key alone. Where nothing is configured, all of this is one branch.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::RequestHead;
use thiserror::Error;

use crate::error::ApiError;

mod basic;
mod changes;
mod client;
mod gate;
mod hash;
mod key;
mod keyring;
mod network;
mod new_key;
mod origins;
mod rates;
mod scope;
mod settings;
mod tls;
mod webhook;

pub use client::{Proxies, ProxyHeader};
pub use gate::Access;
pub(crate) use gate::Gate;
pub use hash::{KeyHash, new_key};
pub use key::{Key, KeyFault, KeyLine, Keys};
pub use keyring::{Keyring, KeyringError, Source};
pub use network::Network;
pub use new_key::{NewKeyError, Wanted};
pub use origins::Origins;
pub use rates::Rate;
pub use scope::{Scope, Scopes};
pub use settings::{AdminAddress, SecuritySettings};
pub use tls::{Tls, TlsError, TlsSettings};
pub(crate) use webhook::{LONGEST_MESSAGE, SignedHead};
pub use webhook::{Webhook, WebhookError};

use rates::{Caller, Rates};

/// Why the server cannot be secured as the settings say.
#[derive(Debug, Error)]
pub enum SecurityError {
    /// There are no keys.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// There is no encryption.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no secret.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

/// What a request says of its sender, before any body.
pub trait Head {
    /// The address that the connection comes from.
    fn peer(&self) -> Option<IpAddr>;

    /// Whether the request reads only, as a browser's own requests do.
    fn reads(&self) -> bool;

    /// The values of a header in their order, as far as they are text.
    fn values<'a>(&'a self, name: &'static str) -> Box<dyn Iterator<Item = &'a str> + 'a>;
}

/// The head of every request of the framework, wherever it is met.
impl Head for RequestHead {
    fn peer(&self) -> Option<IpAddr> {
        self.peer_addr.map(|address| address.ip())
    }

    fn reads(&self) -> bool {
        self.method.is_safe()
    }

    fn values<'a>(&'a self, name: &'static str) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        // A value that is no text counts as one that nobody knows.
        Box::new(self.headers.get_all(name).map(|value| value.to_str().unwrap_or("")))
    }
}

/// What a server checks of every request.
#[derive(Debug, Default)]
pub struct Security {
    keys: Option<Keyring>,
    allowed: Vec<Network>,
    proxies: Option<Proxies>,
    rates: Option<Rates>,
    origins: Origins,
    tls: Option<Tls>,
    webhook: Option<Webhook>,
    admin_on_main: bool,
}

impl Security {
    /// Reads what the settings name.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn open(settings: &SecuritySettings) -> Result<Self, SecurityError> {
        Ok(Self {
            keys: settings.keys.as_ref().map(Keyring::open).transpose()?,
            allowed: settings.allowed.clone(),
            proxies: settings.proxies.clone(),
            rates: settings.rate.map(|(rate, burst)| Rates::new(rate, burst)),
            origins: settings.origins.clone(),
            tls: settings.tls.as_ref().map(Tls::open).transpose()?,
            webhook: settings.webhook.as_ref().map(Webhook::open).transpose()?,
            admin_on_main: settings.admin_on_main,
        })
    }

    /// Whether the main address has the admin resources too.
    pub(crate) fn admin_on_main(&self) -> bool {
        self.admin_on_main
    }

    /// Whether nobody is refused.
    pub(crate) fn is_open(&self) -> bool {
        self.keys.is_none() && self.allowed.is_empty() && self.rates.is_none()
    }

    /// Whether a request needs a key.
    pub fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Encryption, where there is any. For a listener: [`Tls::server_config`].
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// What knows the messages of a registry from those of others, where a secret was given.
    pub(crate) fn webhook(&self) -> Option<&Webhook> {
        self.webhook.as_ref()
    }

    /// The pages of other origins that may ask from a browser.
    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Whether a request may go on to what needs this scope: its address, its rate, then its key.
    ///
    /// # Errors
    /// [`ApiError::AddressNotAllowed`], [`ApiError::TooOften`], or as [`Self::check_key`].
    pub fn admit(&self, head: &impl Head, scope: Scope) -> Result<(), ApiError> {
        if self.is_open() {
            return Ok(());
        }
        let address = self.admit_address(head)?;
        let key = self.keys.as_ref().map(|keys| identify(keys, presented(head).as_deref(), head.reads()));
        if let Some(rates) = &self.rates {
            // Whoever tries keys is counted by its address.
            let caller = match &key {
                Some(Ok(key)) => Caller::Key(Arc::clone(&key.name)),
                Some(Err(_)) | None => rates.host(address),
            };
            rates.count(&caller)?;
        }
        key.map_or(Ok(()), |key| permit(&key?, scope))
    }

    /// Whether a message may be read that shows no key but is signed: by its address and its rate.
    ///
    /// # Errors
    /// [`ApiError::AddressNotAllowed`] or [`ApiError::TooOften`].
    pub(crate) fn admit_signed(&self, head: &impl Head) -> Result<(), ApiError> {
        let address = self.admit_address(head)?;
        match &self.rates {
            Some(rates) => rates.count(&rates.host(address)),
            None => Ok(()),
        }
    }

    /// The address that a request comes from, where it may come from there.
    ///
    /// # Errors
    /// [`ApiError::AddressNotAllowed`].
    pub(crate) fn admit_address(&self, head: &impl Head) -> Result<Option<IpAddr>, ApiError> {
        let address = match &self.proxies {
            Some(proxies) => proxies.client(head),
            None => head.peer(),
        };
        let is_allowed = |address| network::any_contains(&self.allowed, address);
        if !self.allowed.is_empty() && !address.is_some_and(is_allowed) {
            return Err(ApiError::AddressNotAllowed);
        }
        Ok(address)
    }

    /// Who asks, for a trail: the name of a key, or else an address.
    pub(crate) fn name_of(&self, head: &impl Head) -> String {
        let key = self.keys.as_ref().and_then(|keys| identify(keys, presented(head).as_deref(), false).ok());
        match (key, self.admit_address(head)) {
            (Some(key), _) => key.name.to_string(),
            (None, Ok(Some(address))) => address.to_string(),
            (None, Ok(None) | Err(_)) => "somebody".into(),
        }
    }

    /// Whether this key lets its holder do what needs this scope. Without configured keys, everybody may.
    ///
    /// # Errors
    /// [`ApiError::KeyMissing`], [`ApiError::KeyUnknown`] or [`ApiError::KeyLacks`].
    pub fn check_key(&self, key: Option<&str>, scope: Scope) -> Result<(), ApiError> {
        match &self.keys {
            Some(keys) => permit(&identify(keys, key, false)?, scope),
            None => Ok(()),
        }
    }

    /// Reads again what stands in files, all of it or what has changed, and forgets callers who have been quiet.
    pub fn refresh(&self, all: bool) {
        if let Some(keys) = &self.keys {
            keys.refresh(all);
        }
        if let Some(tls) = &self.tls {
            tls.refresh(all);
        }
        if let Some(webhook) = &self.webhook {
            webhook.refresh(all);
        }
        if let Some(rates) = &self.rates {
            rates.tidy();
        }
    }
}

fn identify(keys: &Keyring, presented: Option<&str>, reads: bool) -> Result<Key, ApiError> {
    let presented = presented.ok_or(ApiError::KeyMissing { reads })?;
    keys.current().find(presented).cloned().ok_or(ApiError::KeyUnknown { reads })
}

fn permit(key: &Key, scope: Scope) -> Result<(), ApiError> {
    if key.scopes.contain(scope) { Ok(()) } else { Err(ApiError::KeyLacks { scope }) }
}

/// The key that a request shows: in `X-API-Key`, or else in `Authorization`. Two of them are none that is known.
///
/// A browser asks its user and sends the key as a password. It then sends it by itself, also when the page of another
/// origin posts something; so this counts for reading alone.
fn presented(head: &impl Head) -> Option<Cow<'_, str>> {
    let mut own = head.values("x-api-key");
    if let Some(key) = own.next() {
        return Some(if own.next().is_none() { key.trim() } else { "" }.into());
    }
    let mut values = head.values("authorization");
    let value = values.next()?;
    if values.next().is_some() {
        return Some("".into());
    }
    let (scheme, rest) = value.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(rest.trim().into())
    } else if scheme.eq_ignore_ascii_case("basic") && head.reads() {
        Some(basic::password(rest).unwrap_or_default().into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_stands_in_either_header() {
        let check = |headers: &[(&'static str, &str)], expected: Option<&str>| {
            let request = headers
                .iter()
                .fold(TestRequest::get(), |request, &(name, value)| request.append_header((name, value)));
            assert_eq!(presented(request.to_srv_request().head()).as_deref(), expected, "{headers:?}");
        };
        check(&[], None);
        check(&[("x-api-key", "k")], Some("k"));
        check(&[("authorization", "Bearer k")], Some("k"));
        check(&[("authorization", "bearer   k ")], Some("k"));
        check(&[("authorization", "Basic bmFtZTprZXk=")], Some("key"));
        check(&[("authorization", "Basic k")], Some(""));
        check(&[("authorization", "Digest k")], None);
        check(&[("authorization", "Bearer")], None);
        // The one that is ours goes first: the other may be meant for a proxy.
        check(&[("authorization", "Bearer other"), ("x-api-key", "k")], Some("k"));
        check(&[("x-api-key", "k"), ("x-api-key", "l")], Some(""));
        check(&[("authorization", "Bearer k"), ("authorization", "Bearer l")], Some(""));
        check(&[("x-api-key", "\u{e4}")], Some(""));
        let posted = TestRequest::post().insert_header(("authorization", "Basic bmFtZTprZXk="));
        assert_eq!(presented(posted.to_srv_request().head()), None);
    }
}
