//! Files that change while the server runs: they are looked at every other second, and read again on SIGHUP.

use std::time::Duration;

use actix_web::web::Data;

use crate::state::AppState;

/// How often the files are looked at. A look costs a call to the system for each.
const EVERY: Duration = Duration::from_secs(2);

/// Keeps keys and certificates as their files are, for ever.
pub(super) async fn refresh(state: Data<AppState>) {
    let mut hangups = Hangups::new();
    loop {
        let told = tokio::select! {
            () = hangups.next() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        state.security.refresh(told);
    }
}

/// The signal to read files again.
struct Hangups {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
