//! Settings of keys and addresses that were checked, made from the arguments as typed.

use std::num::NonZeroU32;

use super::{Network, Origins, Proxies, Rate, Source, TlsSettings};
use crate::args::SecurityArgs;
use crate::settings::{ArgsError, address};

/// Where the admin resources are when nothing is said: on this machine alone.
const USUAL_ADMIN_ADDRESS: (&str, u16) = ("127.0.0.1", 8002);

/// Settings that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecuritySettings {
    /// Where the keys stand; without them everybody may do everything.
    pub keys: Option<Source>,
    /// The networks that may ask; empty for all.
    pub allowed: Vec<Network>,
    /// Who asks for others.
    pub proxies: Option<Proxies>,
    /// How often one caller may ask, and how often at once.
    pub rate: Option<(Rate, NonZeroU32)>,
    /// The pages of other origins that may ask.
    pub origins: Origins,
    /// The files of certificates, for encryption.
    pub tls: Option<TlsSettings>,
    /// Where the secret stands that a registry signs its messages with.
    pub webhook: Option<Source>,
    /// Where the admin resources are.
    pub admin: AdminAddress,
    /// Whether the main address has them too.
    pub admin_on_main: bool,
}

/// Where the admin resources are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminAddress {
    /// Nowhere.
    Off,
    /// At the usual address, if that is free.
    Usual((String, u16)),
    /// At the address that was asked for.
    Asked((String, u16)),
}

impl SecurityArgs {
    /// Checks what clap cannot.
    ///
    /// # Errors
    /// When options contradict each other, or an address is none.
    pub(crate) fn check(self) -> Result<SecuritySettings, ArgsError> {
        let admin = self.admin()?;
        let keys = match (self.api_keys_file, self.api_keys) {
            (Some(_), Some(_)) => {
                return Err(ArgsError::Value {
                    option: "api-keys",
                    variable: "API_KEYS",
                    expected: "no keys beside those of --api-keys-file (API_KEYS_FILE): name one of the two",
                    got: "both".into(),
                });
            }
            (Some(path), None) => Some(Source::File(path)),
            (None, Some(text)) => Some(Source::Text(text)),
            (None, None) => None,
        };
        let webhook = match (self.webhook_secret_file, self.webhook_secret) {
            (Some(_), Some(_)) => {
                return Err(ArgsError::Value {
                    option: "webhook-secret",
                    variable: "WEBHOOK_SECRET",
                    expected: "no secret beside that of --webhook-secret-file (WEBHOOK_SECRET_FILE): name one of the two",
                    got: "both".into(),
                });
            }
            (Some(path), None) => Some(Source::File(path)),
            (None, Some(text)) => Some(Source::Text(text)),
            (None, None) => None,
        };
        if self.admin_on_main && keys.is_none() {
            return Err(ArgsError::Value {
                option: "admin-on-main",
                variable: "ADMIN_ON_MAIN",
                expected: "API keys beside it (--api-keys-file or API_KEYS_FILE), or everybody could unload models",
                got: "no keys".into(),
            });
        }
        let tls = match (self.tls_cert, self.tls_key, self.tls_client_ca) {
            (Some(certificate), Some(key), client_authorities) => {
                Some(TlsSettings { certificate, key, client_authorities })
            }
            (None, None, None) => None,
            (certificate, ..) => {
                let (option, variable) = match certificate {
                    Some(_) => ("tls-key", "TLS_KEY"),
                    None => ("tls-cert", "TLS_CERT"),
                };
                return Err(ArgsError::Value {
                    option,
                    variable,
                    expected: "a file: --tls-cert and --tls-key belong together, and --tls-client-ca needs both",
                    got: "nothing".into(),
                });
            }
        };
        let rate = self.rate_limit.as_deref().map(|text| {
            text.parse::<Rate>().map_err(|()| ArgsError::Value {
                option: "rate-limit",
                variable: "RATE_LIMIT",
                expected: "requests in a second, minute or hour, such as 100/s, 6000/m or 10000/h",
                got: text.into(),
            })
        });
        let rate = rate.transpose()?.map(|rate| (rate, self.rate_burst.unwrap_or(rate.count)));
        let trusted = networks("trusted-proxies", "TRUSTED_PROXIES", &self.trusted_proxies)?;
        let origins = Origins::read(listed(&self.cors_origin)).map_err(|got| ArgsError::Value {
            option: "cors-origin",
            variable: "CORS_ORIGIN",
            expected: "origins as browsers send them, such as https://shop.example, or * alone for all",
            got,
        })?;
        Ok(SecuritySettings {
            keys,
            allowed: networks("allow", "ALLOW", &self.allow)?,
            proxies: (!trusted.is_empty()).then_some(Proxies { trusted, header: self.proxy_header }),
            rate,
            origins,
            tls,
            webhook,
            admin,
            admin_on_main: self.admin_on_main,
        })
    }

    /// Where the admin resources are to be.
    pub(crate) fn admin(&self) -> Result<AdminAddress, ArgsError> {
        match self.admin_bind.as_deref() {
            Some("off") => Ok(AdminAddress::Off),
            Some(bind) => address(
                bind,
                "admin-bind",
                "ADMIN_BIND",
                "an address and a port such as 127.0.0.1:8002, or off",
            )
            .map(AdminAddress::Asked),
            None => Ok(AdminAddress::Usual((USUAL_ADMIN_ADDRESS.0.into(), USUAL_ADMIN_ADDRESS.1))),
        }
    }
}

/// The entries of a list with commas; an option may be given several times, too.
fn listed(texts: &[String]) -> Vec<String> {
    let entries = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn networks(
    option: &'static str,
    variable: &'static str,
    texts: &[String],
) -> Result<Vec<Network>, ArgsError> {
    let network = |entry: &String| {
        entry.parse().map_err(|expected| ArgsError::Network {
            option,
            variable,
            expected,
            got: entry.clone(),
        })
    };
    listed(texts).iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Args;

    #[test]
    fn contradictions_are_refused_with_the_cure() {
        let check = |arguments: &[&str], expected: &str| {
            let arguments = ["server", "--model", "m.canopy"].iter().chain(arguments);
            let error = Args::try_parse_from(arguments).unwrap().check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&["--api-keys-file", "keys", "--api-keys", "a b c"], "name one of the two");
        check(&["--webhook-secret-file", "f", "--webhook-secret", "s"], "name one of the two");
        check(&["--admin-on-main"], "--admin-on-main (ADMIN_ON_MAIN): expected API keys");
        check(&["--tls-cert", "c"], "--tls-key (TLS_KEY): expected a file");
        check(&["--tls-client-ca", "c"], "--tls-cert (TLS_CERT): expected a file");
        check(&["--rate-limit", "100"], "--rate-limit (RATE_LIMIT): expected requests in a second");
        check(&["--allow", "10.0.0.0/8,10.0.0.1/8"], "--allow (ALLOW): expected 10.0.0.0/8, where");
        check(&["--trusted-proxies", "proxy"], "--trusted-proxies (TRUSTED_PROXIES): expected an address");
        check(&["--cors-origin", "shop"], "--cors-origin (CORS_ORIGIN): expected origins");
        check(&["--admin-bind", "8002"], "--admin-bind (ADMIN_BIND): expected an address and a port");
    }
}
