//! The server program: reads its settings, loads the model, serves until told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use server::args::Args;
use server::catalogue::Curator;
use server::following::Follower;
use server::security::Security;
use server::state::AppState;
use server::telemetry::Tracer;
use server::watch::{Capture, Watch};
use server::{guard, health_check, serve, telemetry};

/// Time that the last spans get to be sent.
const LAST_SPANS: Duration = Duration::from_secs(1);
/// Time that the last captured rows get to be written.
const LAST_ROWS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error with its causes, each told once: most messages end with their cause.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
    }
    text
}

fn run() -> anyhow::Result<()> {
    let args = Args::read();
    if let Some((host, port)) = args.health_check()? {
        return Ok(health_check::ask(&host, port)?);
    }
    if let Some(wanted) = args.new_key() {
        return Ok(wanted.make()?);
    }
    let settings = args.check()?;
    let _written_at_the_end = telemetry::start_log(settings.log_format, &settings.log_level)?;
    guard::share_politely();
    // Before the models, so that a mistake here is told at once.
    let security = Security::open(&settings.security)?;
    let follower = settings.models.followed.as_ref().map(Follower::open).transpose()?;
    let capture =
        settings.watch.capture.as_ref().map(|capture| Capture::start(capture).map(Arc::new)).transpose()?;
    let watch = Watch { window: settings.watch.window, capture: capture.clone() };
    let (catalogue, curator) =
        Curator::open_watched(settings.models.clone(), settings.limits.clone(), watch)?;
    curator.start(&catalogue)?;
    if let Some(follower) = follower {
        follower.start(&catalogue)?;
    }
    let state = AppState::of_catalogue(catalogue, settings.limits.clone())
        .secured(security)
        .capturing(capture.clone());
    let tracer = settings.traces.as_ref().map(|traces| Tracer::start(traces).map(Arc::new)).transpose()?;
    let state = match &tracer {
        Some(tracer) => state.traced(Arc::clone(tracer)),
        None => state,
    };
    serve::run(state, &settings)?;
    if let Some(capture) = capture {
        capture.flush(LAST_ROWS);
    }
    if let Some(tracer) = tracer {
        tracer.flush(LAST_SPANS);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let check = |message: &'static str, expected: &str| {
            assert_eq!(told(&anyhow::anyhow!("refused").context(message)), expected);
        };
        check("cannot listen: refused", "cannot listen: refused");
        check("cannot listen", "cannot listen\n  because: refused");
    }
}
