//! Writes the synthetic data files: `cargo run -p acceptance --example synthesize -- data`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use acceptance::{COUNTRIES_FILE, TAXI_TRIPS_FILE, countries, taxi_trips};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name the folder to write to")?);
    for (name, content) in [(COUNTRIES_FILE, countries()?), (TAXI_TRIPS_FILE, taxi_trips()?)] {
        let path = folder.join(name);
        fs::write(&path, content)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}
