//! Accepts connections for gRPC on threads of their own, and ends them in good order.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Calls;
use super::patience::Patient;
use crate::state::AppState;

/// Calls of one connection that are under way together; the client keeps further ones.
const STREAMS: u32 = 256;
/// Most bytes of a call's metadata.
const METADATA_BYTES: u32 = 16 * 1024;
/// A client that says nothing for so long is asked whether it lives.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Time to answer that.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more sockets.
const BREATHER: Duration = Duration::from_millis(100);

/// The threads that serve a listener.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    /// Ends with the last thread.
    ended: mpsc::Receiver<Infallible>,
}

/// Serves the state with so many threads until it is told to stop; then calls under way get this long to finish.
///
/// # Errors
/// When the system refuses a thread or the socket.
pub(crate) fn start(
    socket: &TcpListener,
    threads: usize,
    state: &Arc<AppState>,
    grace: Duration,
) -> std::io::Result<Running> {
    socket.set_nonblocking(true)?;
    let tls = state.security.tls().map(|tls| {
        let mut config = tls.server_config();
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });
    let (stop, stopping) = watch::channel(false);
    let (end, ended) = mpsc::channel(1);
    for number in 0..threads {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (socket, tls, end) = (socket.try_clone()?, tls.clone(), end.clone());
        let calls = Calls::new(Arc::clone(state), stopping.clone());
        let serve = move || {
            if let Err(error) = runtime.block_on(accept(socket, tls, &calls, grace)) {
                tracing::error!(%error, "gRPC is not served");
            }
            runtime.shutdown_background();
            drop(end);
        };
        std::thread::Builder::new().name(format!("grpc-{number}")).spawn(serve)?;
    }
    Ok(Running { stop, ended })
}

impl Running {
    /// Tells clients to go elsewhere, and completes when the last call has ended or had its time.
    pub(crate) async fn stop(mut self) {
        // Nobody listens when the server broke down.
        let _ = self.stop.send(true);
        let _ = self.ended.recv().await;
    }
}

async fn accept(
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    calls: &Calls,
    grace: Duration,
) -> std::io::Result<()> {
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let mut stopping = calls.stopping.clone();
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            // Also when the other end is gone.
            _ = stopping.wait_for(|stop| *stop) => break,
            accepted = socket.accept() => match accepted {
                Ok((stream, peer)) => {
                    open.spawn(converse(stream, tls.clone(), calls.of_peer(peer.ip())));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection for gRPC");
                    tokio::time::sleep(BREATHER).await;
                }
            },
            // Forgets connections that ended.
            Some(_) = open.join_next() => {}
        }
    }
    drop(socket);
    let finished = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, finished).await.is_err() {
        tracing::warn!("gRPC calls were cut off: their time to finish is over");
    }
    Ok(())
}

/// One connection, from its first byte to its last.
async fn converse(stream: TcpStream, tls: Option<TlsAcceptor>, calls: Calls) {
    let Some(_open) = calls.state.guard.connections.open_one() else {
        return tracing::warn!("a connection for gRPC was closed: too many are open");
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small answers may be held back");
    }
    let stream = Patient::new(stream, PING_INTERVAL + PING_TIMEOUT);
    let Some(tls) = tls else { return speak(stream, calls).await };
    // Silence ends it; and so does a handshake that takes its time.
    match tokio::time::timeout(PING_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, calls).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection for gRPC was not encrypted"),
        Err(_) => tracing::debug!("a connection for gRPC took too long to be encrypted"),
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, calls: Calls) {
    let mut stopping = calls.stopping.clone();
    let service = service_fn(move |request| {
        let calls = calls.clone();
        async move { Ok::<_, Infallible>(calls.answer(request).await) }
    });
    let io = TokioIo::new(stream);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(METADATA_BYTES);
    let connection = builder.serve_connection(io, service);
    tokio::pin!(connection);
    let told_to_stop = tokio::select! {
        ended = connection.as_mut() => Err(ended),
        _ = stopping.wait_for(|stop| *stop) => Ok(()),
    };
    let ended = match told_to_stop {
        Ok(()) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        Err(ended) => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection for gRPC broke");
    }
}
