//! The server program: reads its settings, loads the model, serves until told to stop.

use server::args::Args;
use server::{loading, serve, telemetry};

fn main() -> anyhow::Result<()> {
    let settings = Args::read().check()?;
    telemetry::start_log(settings.log_format, &settings.log_level)?;
    let state = loading::load(&settings.model)?.into_state(settings.strict, settings.limits.clone())?;
    serve::run(state, &settings)?;
    Ok(())
}
