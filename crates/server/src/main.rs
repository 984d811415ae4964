//! The server program: reads its settings, loads the model, serves until told to stop.

use server::args::Args;
use server::{health_check, loading, serve, telemetry};

fn main() -> anyhow::Result<()> {
    let args = Args::read();
    if let Some((host, port)) = args.health_check()? {
        return Ok(health_check::ask(&host, port)?);
    }
    let settings = args.check()?;
    telemetry::start_log(settings.log_format, &settings.log_level)?;
    let state = loading::load(&settings.model)?.into_state(settings.strict, settings.limits.clone())?;
    serve::run(state, &settings)?;
    Ok(())
}
