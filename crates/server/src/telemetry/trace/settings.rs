//! Where spans go, which, and under what name: checked, in OpenTelemetry's own terms.

use std::time::Duration;

use super::sampler::Sampler;
use crate::args::TraceArgs;
use crate::settings::ArgsError;

/// What is traced, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// The collector.
    pub endpoint: Endpoint,
    /// Headers for it, such as a key.
    pub headers: Vec<(String, String)>,
    /// Time that it gets to answer.
    pub timeout: Duration,
    /// Which requests are traced.
    pub sampler: Sampler,
    /// What this server is, as attributes.
    pub resource: Vec<(String, String)>,
    /// Most spans that wait to be sent.
    pub queue: usize,
    /// Longest time that a span waits for others.
    pub delay: Duration,
}

/// Address of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Host and port as a header has them.
    pub authority: String,
    /// Path of the resource that takes spans.
    pub path: String,
}

impl TraceArgs {
    /// The settings; none when nothing is traced.
    ///
    /// # Errors
    /// When a value is none that the option takes.
    pub(crate) fn check(self) -> Result<Option<TraceSettings>, ArgsError> {
        let refused = |option, variable, expected, got: &str| ArgsError::Value {
            option,
            variable,
            expected,
            got: got.to_owned(),
        };
        let endpoint = match (&self.otlp_traces_endpoint, &self.otlp_endpoint) {
            (Some(url), _) => Endpoint::read(url, "").ok_or_else(|| {
                refused("otlp-traces-endpoint", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Endpoint::EXPECTED, url)
            })?,
            (None, Some(url)) => Endpoint::read(url, "/v1/traces").ok_or_else(|| {
                refused("otlp-endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", Endpoint::EXPECTED, url)
            })?,
            (None, None) => return Ok(None),
        };
        if self.otel_sdk_disabled || self.otel_traces_exporter.as_deref() == Some("none") {
            return Ok(None);
        }
        // What is sent as JSON is taken at the address for protocol buffers too.
        if let Some(protocol) =
            self.otlp_protocol.filter(|name| !["http/json", "http/protobuf"].contains(&&**name))
        {
            let expected = "http/json, at the collector's port for OTLP over HTTP, which is 4318 by default";
            return Err(refused("otlp-protocol", "OTEL_EXPORTER_OTLP_PROTOCOL", expected, &protocol));
        }
        let share = self.traces_sampler_arg.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&share) {
            let got = share.to_string();
            return Err(refused(
                "traces-sampler-arg",
                "OTEL_TRACES_SAMPLER_ARG",
                "a number from 0 to 1",
                &got,
            ));
        }
        let sampler = Sampler::named(&self.traces_sampler, share).ok_or_else(|| {
            refused("traces-sampler", "OTEL_TRACES_SAMPLER", Sampler::NAMES, &self.traces_sampler)
        })?;
        let list = self.otlp_headers.as_deref().unwrap_or_default();
        let headers = pairs(list).filter(|pairs| pairs.iter().all(is_header)).ok_or_else(|| {
            refused(
                "otlp-headers",
                "OTEL_EXPORTER_OTLP_HEADERS",
                "name=value,name=value",
                "what is not shown",
            )
        })?;
        let list = self.resource_attributes.as_deref().unwrap_or_default();
        let resource = pairs(list).ok_or_else(|| {
            refused("resource-attributes", "OTEL_RESOURCE_ATTRIBUTES", "name=value,name=value", list)
        })?;
        Ok(Some(TraceSettings {
            endpoint,
            headers,
            timeout: Duration::from_millis(self.otlp_timeout.max(1)),
            sampler,
            resource: described(resource, self.service_name),
            queue: self.span_queue.max(1),
            delay: Duration::from_millis(self.span_delay),
        }))
    }
}

/// The attributes with those that every server has.
fn described(mut resource: Vec<(String, String)>, service_name: Option<String>) -> Vec<(String, String)> {
    match service_name {
        Some(name) => {
            resource.retain(|(key, _)| key != "service.name");
            resource.insert(0, ("service.name".into(), name));
        }
        None if resource.iter().all(|(key, _)| key != "service.name") => {
            resource.insert(0, ("service.name".into(), "canopy".into()));
        }
        None => {}
    }
    for (key, value) in [
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", "canopy"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ] {
        if resource.iter().all(|(known, _)| known != key) {
            resource.push((key.into(), value.into()));
        }
    }
    resource
}

impl Endpoint {
    const EXPECTED: &str = "an address such as http://localhost:4318; for one that is encrypted, let a collector on this \
        machine pass the spans on";

    /// Reads `http://host:port/path`, and puts `behind` behind the path.
    fn read(url: &str, behind: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://")?;
        let (authority, path) =
            rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, 80),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || !clean(rest) || authority.contains('@') {
            return None;
        }
        let path = format!("/{}{behind}", path.trim_end_matches('/'));
        let path = path.replace("//", "/");
        Some(Self { host: host.into(), port, authority: authority.into(), path })
    }
}

/// `name=value,name=value`, with percent signs for what cannot stand there.
fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    let pairs = list.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (unescaped(name.trim())?, unescaped(value.trim())?);
            (!name.is_empty()).then_some((name, value))
        })
        .collect()
}

/// A text whose `%41` are `A`.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%' {
            let digits = str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn is_header((name, value): &(String, String)) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    name.bytes().all(token) && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        traces: TraceArgs,
    }

    fn checked(arguments: &[&str]) -> Result<Option<TraceSettings>, String> {
        let only = Only::try_parse_from(["server"].iter().chain(arguments)).unwrap();
        only.traces.check().map_err(|error| error.to_string())
    }

    #[test]
    fn an_endpoint_is_read() {
        let check = |url: &str, behind: &str, expected: Option<(&str, u16, &str)>| {
            let found = Endpoint::read(url, behind);
            let found = found.as_ref().map(|found| (found.host.as_str(), found.port, found.path.as_str()));
            assert_eq!(found, expected, "{url}");
        };
        check("http://localhost:4318", "/v1/traces", Some(("localhost", 4318, "/v1/traces")));
        check("http://localhost:4318/", "/v1/traces", Some(("localhost", 4318, "/v1/traces")));
        check("http://collector/otlp/", "/v1/traces", Some(("collector", 80, "/otlp/v1/traces")));
        check("http://[::1]:4318", "/v1/traces", Some(("::1", 4318, "/v1/traces")));
        check("http://[::1]", "", Some(("::1", 80, "/")));
        check("http://collector:1/spans", "", Some(("collector", 1, "/spans")));
        for wrong in ["https://a", "localhost:4318", "http://", "http://a:70000", "http://a b", "http://u@a"]
        {
            check(wrong, "", None);
        }
    }

    #[test]
    fn nothing_is_traced_unless_an_endpoint_is_named() {
        assert_eq!(checked(&[]), Ok(None));
        let endpoint = "--otlp-endpoint=http://localhost:4318";
        assert_eq!(checked(&[endpoint, "--otel-sdk-disabled=true"]), Ok(None));
        let settings = checked(&[
            endpoint,
            "--otlp-headers=x-key=a%20b,x-team = forest",
            "--resource-attributes=service.name=other,deployment.environment.name=test",
            "--service-name=houses",
            "--traces-sampler=parentbased_traceidratio",
            "--traces-sampler-arg=0.25",
        ]);
        let settings = settings.unwrap().unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(settings.headers, [pair("x-key", "a b"), pair("x-team", "forest")]);
        let named = [pair("service.name", "houses"), pair("deployment.environment.name", "test")];
        assert_eq!(settings.resource[..2], named);
        assert_eq!(settings.sampler, Sampler::named("parentbased_traceidratio", 0.25).unwrap());
    }

    #[test]
    fn wrong_values_are_told_by_name() {
        let check = |argument: &str, words: &[&str]| {
            let error = checked(&["--otlp-endpoint=http://localhost:4318", argument]).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        };
        check("--otlp-protocol=grpc", &["OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "4318"]);
        check("--traces-sampler=sometimes", &["OTEL_TRACES_SAMPLER", "parentbased_always_on"]);
        check("--traces-sampler-arg=2", &["OTEL_TRACES_SAMPLER_ARG", "from 0 to 1"]);
        check("--otlp-headers=a b=c", &["OTEL_EXPORTER_OTLP_HEADERS"]);
        check("--resource-attributes=nonsense", &["OTEL_RESOURCE_ATTRIBUTES", "name=value"]);
        check("--otlp-traces-endpoint=https://a", &["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"]);
    }

    #[test]
    fn a_key_in_a_header_is_not_told() {
        let error = checked(&["--otlp-endpoint=http://a", "--otlp-headers=secret"]).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }
}
