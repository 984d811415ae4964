//! Serves one of the models that the tests use, to look at the API without training: `stub_server boston 8000`.

use std::sync::Arc;

use actix_web::{HttpServer, web::Data};
use server::state::{AppState, Limits, Served};

#[path = "../tests/it/stubs.rs"]
#[allow(clippy::expect_used, clippy::panic, dead_code, reason = "the stubs belong to the tests")]
mod stubs;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "boston".into());
    let port = arguments.next().map_or(Ok(8000), |port| port.parse())?;
    let stub = match name.as_str() {
        "boston" => stubs::boston(),
        "life" => stubs::life(),
        "taxi" => stubs::taxi(),
        "iris" => stubs::iris(),
        "iris-names" => stubs::iris().with_names(),
        "penguins" => stubs::penguins(),
        "strict" => stubs::life().strict(),
        "panicking" => stubs::boston().panicking(),
        other => anyhow::bail!("no stub is called {other}"),
    };
    let limits = Limits::default();
    let state = Data::new(AppState::new(Served::new(Arc::new(stub), None, None, &limits)?, limits));
    HttpServer::new(move || server::service(state.clone())).bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}
