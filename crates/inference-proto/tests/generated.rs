//! The committed code is what prost makes of the protocol's files: `make proto` writes it again. Its compiler takes longer to
//! build than the server does, so this test runs when it is asked for.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;
use std::{env, fs};

#[test]
fn the_generated_code_is_what_the_protocol_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = root.join("src/generated");
    let made = match env::var_os("UPDATE_PROTO") {
        Some(_) => &committed,
        None => Path::new(env!("CARGO_TARGET_TMPDIR")),
    };
    let protocols = protox::compile(["inference.proto", "health.proto"], [root.join("proto")]).unwrap();
    // Elements stay in the message that brought them.
    prost_build::Config::new().bytes(["."]).out_dir(made).compile_fds(protocols).unwrap();
    for file in ["inference.rs", "grpc.health.v1.rs"] {
        let [made, committed] =
            [made, &committed].map(|folder| fs::read_to_string(folder.join(file)).unwrap());
        assert!(made == committed, "{file} is out of date: run make proto");
    }
}
