//! The connection to the servers, which comes back by itself after it was lost.

use async_nats::{Client, ConnectOptions, Event, ServerAddr};

use super::super::StreamError;
use super::PATIENCE;
use crate::args::{NatsArgs, Reporting};

/// Connects to one of the servers.
///
/// # Errors
/// When none answers or the credentials are refused. A connection that is lost later is made again, as often as it takes.
pub(super) async fn connect(args: &NatsArgs, reporting: Reporting) -> Result<Client, StreamError> {
    let mut options = ConnectOptions::new()
        .name("canopy trainer stream")
        .connection_timeout(PATIENCE)
        .event_callback(move |event| async move { tell(&event, reporting) });
    match (&args.nats_user, &args.nats_password) {
        (Some(user), Some(password)) => options = options.user_and_password(user.clone(), password.clone()),
        (None, None) => {}
        _ => return Err(StreamError::Login),
    }
    if let Some(token) = &args.nats_token {
        options = options.token(token.clone());
    }
    if let Some(path) = &args.nats_creds {
        let taken = options.credentials_file(path).await;
        options = taken.map_err(|source| StreamError::Credentials { path: path.clone(), source })?;
    }
    if let Some(path) = &args.nats_nkey {
        let seed = std::fs::read_to_string(path);
        let seed = seed.map_err(|source| StreamError::Credentials { path: path.clone(), source })?;
        options = options.nkey(seed.trim().to_owned());
    }
    if let Some(path) = &args.nats_ca {
        options = options.add_root_certificates(path.clone()).require_tls(true);
    }
    if let (Some(certificate), Some(key)) = (&args.nats_cert, &args.nats_key) {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let told = |reason: String| StreamError::Connect { servers: without_passwords(&args.nats), reason };
    let servers: Result<Vec<ServerAddr>, _> = args.nats.iter().map(|server| server.parse()).collect();
    let servers = servers.map_err(|error| told(error.to_string()))?;
    options.connect(servers).await.map_err(|error| told(error.to_string()))
}

fn tell(event: &Event, reporting: Reporting) {
    match event {
        Event::Connected if reporting.quiet => {}
        Event::Connected => eprintln!("connected to NATS"),
        Event::Disconnected => eprintln!("warning: the connection to NATS is lost; it is made again"),
        // The end of the process.
        Event::Draining | Event::Closed => {}
        other => eprintln!("warning: NATS: {other}"),
    }
}

fn without_passwords(servers: &[String]) -> String {
    let shown = servers.iter().map(|server| match server.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
            format!("{scheme}{host}")
        }
        None => server.clone(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_a_server_holds_no_password() {
        let check = |server: &str, expected: &str| assert_eq!(without_passwords(&[server.into()]), expected);
        check("nats://a:4222", "nats://a:4222");
        check("nats://me:secret@a:4222", "nats://a:4222");
        check("me:se@cret@a", "a");
    }
}
