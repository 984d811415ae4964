//! What HTTP and JSON alone allow: a server on the same framework that parses the body of a question and always gives the
//! same answer. `make bench-serve` measures Canopy beside it.
//!
//! Usage: `wire_limit PORT`.

use actix_web::web::{Json, JsonConfig, post};
use actix_web::{App, HttpServer};
use serde::{Deserialize, Serialize};

/// `{"data": [[0.00632, 18.0, …], …]}`
#[derive(Deserialize)]
struct Question {
    data: Vec<Vec<f32>>,
}

/// `{"data": [25.375999999999998]}`, whatever the rows.
#[derive(Serialize)]
struct Answer {
    data: [f64; 1],
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let port: u16 = port.ok_or_else(|| std::io::Error::other("usage: wire_limit PORT"))?;
    HttpServer::new(|| {
        App::new().app_data(JsonConfig::default().limit(16 << 20)).route("/predict", post().to(answer))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await
}

async fn answer(question: Json<Question>) -> Json<Answer> {
    // Looked at, so that no compiler leaves the parsing out.
    std::hint::black_box(&question.data);
    Json(Answer { data: [25.375999999999998] })
}
