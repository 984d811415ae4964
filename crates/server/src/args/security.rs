//! Who may ask what, as typed.

use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::security::{ProxyHeader, Scopes};

/// Keys, certificates, addresses, rates, and where the admin resources are.
#[derive(Debug, clap::Args)]
pub(crate) struct SecurityArgs {
    /// File of API keys, one a line: NAME SCOPES HASH; read again when it changes and on SIGHUP [default: no keys, and
    /// everybody may do everything]
    #[arg(long, env = "API_KEYS_FILE", value_name = "FILE", help_heading = "Security")]
    pub(crate) api_keys_file: Option<PathBuf>,

    /// The lines of such a file, with ; between them
    #[arg(long, env = "API_KEYS", value_name = "LINES", hide_env_values = true, help_heading = "Security")]
    pub(crate) api_keys: Option<String>,

    /// File of the secret that an MLflow server signs its webhooks with, and on another line the one that it is changed to;
    /// read again when it changes and on SIGHUP [default: webhooks are refused]
    #[arg(long, env = "WEBHOOK_SECRET_FILE", value_name = "FILE", help_heading = "Security")]
    pub(crate) webhook_secret_file: Option<PathBuf>,

    /// The secret itself; as a variable, since others see a command line
    #[arg(
        long,
        env = "WEBHOOK_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        help_heading = "Security"
    )]
    pub(crate) webhook_secret: Option<String>,

    /// Make a key of this name, print it, append its line to --api-keys-file, if that is given, and end
    #[arg(long, value_name = "NAME", help_heading = "Security")]
    pub(crate) new_api_key: Option<String>,

    /// What the new key is for, some of predict,metadata,admin,metrics
    #[arg(long, value_name = "LIST", default_value = "predict,metadata", help_heading = "Security",
          value_parser = scopes)]
    pub(crate) scopes: Scopes,

    /// Certificate of the server in PEM, with those of intermediate authorities behind it: HTTPS instead of HTTP; read
    /// again when it changes and on SIGHUP
    #[arg(long, env = "TLS_CERT", value_name = "FILE", help_heading = "Security")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// Private key of the certificate in PEM
    #[arg(long, env = "TLS_KEY", value_name = "FILE", help_heading = "Security")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Certificates in PEM of the authorities that vouch for clients: a client must show a certificate of one of them
    #[arg(long, env = "TLS_CLIENT_CA", value_name = "FILE", help_heading = "Security")]
    pub(crate) tls_client_ca: Option<PathBuf>,

    /// Networks that may ask, such as 10.0.0.0/8,2001:db8::/32 [default: all]
    #[arg(long, env = "ALLOW", value_name = "LIST", help_heading = "Security")]
    pub(crate) allow: Vec<String>,

    /// Networks of proxies that are believed about the client's address [default: none]
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "LIST", help_heading = "Security")]
    pub(crate) trusted_proxies: Vec<String>,

    /// Header in which these proxies write the client's address; the other one is never read
    #[arg(
        long,
        env = "PROXY_HEADER",
        value_name = "HEADER",
        default_value = "x-forwarded-for",
        help_heading = "Security"
    )]
    pub(crate) proxy_header: ProxyHeader,

    /// Most requests of one key, or where there are no keys of one address, such as 100/s, 6000/m or 10000/h; further ones
    /// get the status 429 [default: no limit]
    #[arg(long, env = "RATE_LIMIT", value_name = "RATE", help_heading = "Security")]
    pub(crate) rate_limit: Option<String>,

    /// Most of these requests at once, after a pause [default: the number in --rate-limit]
    #[arg(long, env = "RATE_BURST", value_name = "N", help_heading = "Security")]
    pub(crate) rate_burst: Option<NonZeroU32>,

    /// Origins whose pages may ask from a browser, such as https://shop.example, or * for all [default: none]
    #[arg(long, env = "CORS_ORIGIN", value_name = "LIST", help_heading = "Security")]
    pub(crate) cors_origin: Vec<String>,

    /// Address and port of the admin resources and metrics, or off [default: 127.0.0.1:8002, if it is free]
    #[arg(long, env = "ADMIN_BIND", value_name = "ADDRESS:PORT", help_heading = "Security")]
    pub(crate) admin_bind: Option<String>,

    /// Have the admin resources and metrics on the main address too, for keys of their scopes
    #[arg(
        long,
        env = "ADMIN_ON_MAIN",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        require_equals = true,
        action = clap::ArgAction::Set,
        help_heading = "Security"
    )]
    pub(crate) admin_on_main: bool,
}

fn scopes(text: &str) -> Result<Scopes, String> {
    text.parse()
        .map_err(|scope| format!("{scope} is no scope; expected some of predict,metadata,admin,metrics"))
}
