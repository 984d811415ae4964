//! Listens, answers until told to stop, and then stops in good order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{HttpServer, rt};
use thiserror::Error;

use crate::security::AdminAddress;
use crate::settings::Settings;
use crate::state::AppState;
use crate::{Face, grpc, with_lane};

mod refresh;

/// Connections that the system keeps waiting while the workers are busy.
const BACKLOG: i32 = 1024;

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {host} port {port}: {source}{}", cure(source, variable, option))]
    Listen {
        /// Address or host name.
        host: String,
        /// Port.
        port: u16,
        /// The variable that chooses it.
        variable: &'static str,
        /// The option that chooses it.
        option: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The server broke down.
    #[error("the server broke down: {source}")]
    Run {
        /// The system's answer.
        source: std::io::Error,
    },
}

fn cure(error: &std::io::Error, variable: &str, option: &str) -> String {
    let choose = format!("{variable} (--{option})");
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("; another program listens there: stop it, or choose another {choose}")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("; ports below 1024 need a privilege: choose a higher {choose}")
        }
        std::io::ErrorKind::AddrNotAvailable if option == "port" => {
            "; this machine has no such address: choose another HOST (--host)".into()
        }
        std::io::ErrorKind::AddrNotAvailable if option == "grpc-port" => {
            "; this machine has no such address: choose another GRPC_BIND (--grpc-bind)".into()
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("; this machine has no such address: choose another {choose}")
        }
        _ => String::new(),
    }
}

/// Serves the state until SIGINT or SIGTERM.
///
/// # Errors
/// When an address cannot be listened on.
pub fn run(state: AppState, settings: &Settings) -> Result<(), ServeError> {
    let main = listen(&settings.address, ("PORT", "port"))?;
    let admin = listen_for_admin(&settings.security.admin)?;
    let grpc =
        settings.grpc.as_ref().map(|address| listen(address, ("GRPC_PORT", "grpc-port"))).transpose()?;
    rt::System::new().block_on(serve(main, admin, grpc, Data::new(state), settings))
}

fn listen(
    (host, port): &(String, u16),
    (variable, option): (&'static str, &'static str),
) -> Result<TcpListener, ServeError> {
    let failed = |source| ServeError::Listen { host: host.clone(), port: *port, variable, option, source };
    TcpListener::bind((host.as_str(), *port)).map_err(failed)
}

/// The listener of the admin resources. That the usual address is taken, perhaps by another server of this kind, is no
/// reason not to serve.
fn listen_for_admin(address: &AdminAddress) -> Result<Option<TcpListener>, ServeError> {
    match address {
        AdminAddress::Off => Ok(None),
        AdminAddress::Asked(address) => listen(address, ("ADMIN_BIND", "admin-bind")).map(Some),
        AdminAddress::Usual(address) => match listen(address, ("ADMIN_BIND", "admin-bind")) {
            Ok(listener) => Ok(Some(listener)),
            Err(error) => {
                tracing::warn!(reason = %error, "no admin resources and metrics");
                Ok(None)
            }
        },
    }
}

async fn serve(
    main: TcpListener,
    admin: Option<TcpListener>,
    grpc: Option<TcpListener>,
    state: Data<AppState>,
    settings: &Settings,
) -> Result<(), ServeError> {
    let failed = |source| ServeError::Run { source };
    let workers = settings.workers.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let workers = workers.unwrap_or(2);
    // Before the first answer: whoever got one may send a signal.
    let stop = stop_signal();
    #[cfg(unix)]
    reload_on_hangup(state.clone());
    // One thread, so that the admin resources answer though all workers are busy.
    let admin = admin
        .map(|listener| start(listener, Face::Admin, 1, &state, settings))
        .transpose()
        .map_err(failed)?;
    // Before the line that says where HTTP is: whoever reads that line finds all addresses open.
    let grpc = grpc.map(|listener| start_grpc(&listener, workers, &state, settings));
    let grpc = grpc.transpose().map_err(failed)?;
    let main = start(main, Face::Main, workers, &state, settings).map_err(failed)?;
    let handles: Vec<_> = [Some(&main), admin.as_ref()].into_iter().flatten().map(Server::handle).collect();
    rt::spawn(refresh::refresh(state.clone()));
    let stopped = rt::spawn(async move {
        stop.await;
        tracing::info!("told to stop: finishing the running requests");
        state.retire();
        let grpc = async {
            if let Some(grpc) = grpc {
                grpc.stop().await;
            }
        };
        // Probes at the admin address are answered until the work is done.
        let http = async {
            for handle in handles {
                handle.stop(true).await;
            }
        };
        futures_util::future::join(http, grpc).await;
    });
    if let Some(admin) = admin {
        let (main, admin) = futures_util::future::join(main, admin).await;
        main.and(admin).map_err(failed)?;
    } else {
        main.await.map_err(failed)?;
    }
    // What speaks gRPC may have longer to go.
    stopped.await.map_err(|error| failed(std::io::Error::other(error)))?;
    tracing::info!("stopped");
    Ok(())
}

/// Looks for changed models whenever SIGHUP comes.
#[cfg(unix)]
fn reload_on_hangup(state: Data<AppState>) {
    use tokio::signal::unix::{SignalKind, signal};
    // From here on the signal does not end the program.
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    rt::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!("told to reload: looking for changed models");
            if let Err(error) = state.catalogue.reload().await {
                tracing::error!(%error, "nothing was reloaded");
            }
        }
    });
}

/// Starts to answer at one address.
fn start(
    listener: TcpListener,
    face: Face,
    workers: usize,
    state: &Data<AppState>,
    settings: &Settings,
) -> std::io::Result<Server> {
    let address = listener.local_addr()?;
    let shared = state.clone();
    let mut server = HttpServer::new(move || with_lane(shared.clone(), face))
        .workers(workers)
        .backlog(BACKLOG as u32)
        .client_request_timeout(settings.limits.request_timeout)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout)
        .disable_signals();
    // The limit of the callers' connections does not shut out those who run the server.
    if face == Face::Main {
        let connections = Arc::clone(&state.guard.connections);
        server = server
            .max_connections(connections.of_each(workers))
            .on_connect(move |_, data| connections.opened(data));
    }
    // On the machine itself, the admin address needs no encryption, and a probe no certificate.
    let tls = state.security.tls().filter(|_| face == Face::Main || !address.ip().is_loopback());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls.server_config())?,
        None => server.listen(listener)?,
    };
    let server = server.run();
    warn_of_openness(address, state);
    match face {
        Face::Main => tracing::info!(%address, "listening: {scheme}://{address}/docs/"),
        Face::Admin => tracing::info!(%address, scheme, "listening for admin resources and metrics"),
    }
    Ok(server)
}

/// Starts to speak gRPC.
fn start_grpc(
    listener: &TcpListener,
    threads: usize,
    state: &Data<AppState>,
    settings: &Settings,
) -> std::io::Result<grpc::Running> {
    let address = listener.local_addr()?;
    let scheme = if state.security.tls().is_some() { "https" } else { "http" };
    warn_of_openness(address, state);
    let grace = Duration::from_secs(settings.shutdown_timeout);
    let running = grpc::start(listener, threads, &Data::clone(state).into_inner(), grace)?;
    tracing::info!(%address, scheme, "gRPC is spoken on {address}");
    Ok(running)
}

/// An address that others reach is better not open to all of them.
fn warn_of_openness(address: SocketAddr, state: &AppState) {
    if !address.ip().is_loopback() && !state.security.has_keys() {
        tracing::warn!(
            %address,
            "everybody who reaches this address may ask: no API keys (--api-keys-file)"
        );
    }
}

/// Completes on SIGINT or SIGTERM, which no longer end the program from this call on.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt())
            .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)))
    };
    async move {
        #[cfg(unix)]
        if let Ok((mut interrupt, mut terminate)) = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        // Without a signal to wait for, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
