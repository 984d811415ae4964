//! Listens, answers until told to stop, and then stops in good order.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpServer, rt};
use thiserror::Error;

use crate::app;
use crate::settings::Settings;
use crate::state::AppState;

/// Connections that the system keeps waiting while the workers are busy.
const BACKLOG: i32 = 1024;

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {host} port {port}: {source}{}", cure(source))]
    Listen {
        /// Address or host name.
        host: String,
        /// Port.
        port: u16,
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

fn cure(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; another program listens there: stop it, or choose another PORT (--port)"
        }
        std::io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need a privilege: choose a higher PORT (--port)"
        }
        std::io::ErrorKind::AddrNotAvailable => {
            "; this machine has no such address: choose another HOST (--host)"
        }
        _ => "",
    }
}

/// Serves the state until SIGINT or SIGTERM.
///
/// # Errors
/// When the address cannot be listened on.
pub fn run(state: AppState, settings: &Settings) -> Result<(), ServeError> {
    let listener = listen(settings)?;
    rt::System::new().block_on(serve(listener, Data::new(state), settings))
}

fn listen(settings: &Settings) -> Result<TcpListener, ServeError> {
    let (host, port) = &settings.address;
    let failed = |source| ServeError::Listen { host: host.clone(), port: *port, source };
    TcpListener::bind((host.as_str(), *port)).map_err(failed)
}

async fn serve(listener: TcpListener, state: Data<AppState>, settings: &Settings) -> Result<(), ServeError> {
    let failed = |source| ServeError::Run { source };
    let address = listener.local_addr().map_err(failed)?;
    let shared = state.clone();
    let connections = Arc::clone(&state.guard.connections);
    let workers = settings.workers.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let workers = workers.unwrap_or(2);
    let server = HttpServer::new(move || app(shared.clone()))
        .workers(workers)
        .backlog(BACKLOG as u32)
        .max_connections(state.guard.connections.of_each(workers))
        .on_connect(move |_, data| connections.opened(data))
        .client_request_timeout(settings.limits.request_timeout)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout)
        .disable_signals();
    let server = server.listen(listener).map_err(failed)?.run();
    let handle = server.handle();
    #[cfg(unix)]
    reload_on_hangup(state.clone());
    rt::spawn(async move {
        stop_signal().await;
        tracing::info!("told to stop: finishing the running requests");
        state.retire();
        handle.stop(true).await;
    });
    tracing::info!(%address, "listening: http://{address}/docs/");
    server.await.map_err(failed)?;
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

/// Completes on SIGINT or SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a signal to wait for, the server runs until it is killed.
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}
