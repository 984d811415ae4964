//! libFuzzer at one of the server's doors (`server::fuzzed`), which the environment names: `CANOPY_DOOR=csv`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use server::fuzzed::DOORS;

static DOOR: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("CANOPY_DOOR").unwrap_or_default();
    let Some((_, door)) = DOORS.iter().find(|(name, _)| *name == wanted) else {
        let names: Vec<_> = DOORS.iter().map(|(name, _)| *name).collect();
        eprintln!("CANOPY_DOOR names one of {}; it is {wanted:?}", names.join(", "));
        std::process::exit(2);
    };
    *door
});

fuzz_target!(|bytes: &[u8]| DOOR(bytes));
