//! The order to stop, by SIGTERM or SIGINT.

use std::io;

use tokio::sync::watch;

/// Whether it was told to stop.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens to the signals that ask a process to end.
    pub(super) fn on_signals() -> io::Result<Self> {
        let (sender, receiver) = watch::channel(false);
        let told = told()?;
        tokio::spawn(async move {
            told.await;
            // Nobody listens any more when all is done.
            let _ = sender.send(true);
            // The channel stays open, since a closed one says nothing.
            std::future::pending::<()>().await;
        });
        Ok(Self(receiver))
    }

    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes when it is told to stop.
    pub(super) async fn set(&self) {
        let _ = self.0.clone().wait_for(|is_set| *is_set).await;
    }
}

#[cfg(unix)]
fn told() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
