//! The files of the playground, the page that a browser gets at `/`: built in, and packed once when they are first asked for.
//!
//! They are the same for every model and tell nothing of one; what the page shows it asks of the API, as any client does.

use std::io::Write;
use std::sync::LazyLock;

use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// What the page may do: its own scripts, styles and pictures, requests to this server. It writes no markup from text, and the
/// browser holds it to that.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// Where the files stand.
pub(crate) const PLACE: &str = "/playground/{file}";

/// The scripts that the first one, `main.js`, is made of.
pub(crate) const MODULES: &[&str] = &[
    "answer.js",
    "api.js",
    "asking.js",
    "calls.js",
    "card.js",
    "csv.js",
    "dom.js",
    "drift.js",
    "file.js",
    "form.js",
    "live.js",
    "number.js",
    "rows.js",
    "scoring.js",
    "waterfall.js",
    "whatif.js",
];

/// One file.
pub(crate) struct Asset {
    name: &'static str,
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// Its content.
    pub(crate) plain: &'static str,
    /// The same in gzip.
    pub(crate) packed: Bytes,
    /// The entity tag, in quotes.
    pub(crate) tag: String,
}

impl Asset {
    /// The file of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    fn new(name: &'static str, plain: &'static str) -> Self {
        let content_type = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        let packed = Bytes::from(pack(plain.as_bytes()));
        let digest = ring::digest::digest(&ring::digest::SHA256, plain.as_bytes());
        let tag = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { name, content_type, plain, packed, tag: format!("\"{tag}\"") }
    }
}

/// Memory takes whatever is written to it.
fn pack(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default()
}

macro_rules! assets {
    ($($name:literal),* $(,)?) => {
        vec![$(Asset::new($name, include_str!(concat!("../playground/", $name)))),*]
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    assets![
        "answer.js",
        "api.js",
        "asking.js",
        "calls.js",
        "card.js",
        "csv.js",
        "dom.js",
        "drift.js",
        "file.js",
        "form.js",
        "icon.svg",
        "live.js",
        "main.js",
        "number.js",
        "page.css",
        "rows.js",
        "scoring.js",
        "theme.js",
        "waterfall.js",
        "whatif.js",
    ]
});

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_and_unpacks_to_itself() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("playground");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(ASSETS.iter().map(|asset| asset.name).collect::<Vec<_>>(), files);
        for asset in ASSETS.iter() {
            let mut unpacked = String::new();
            flate2::read::GzDecoder::new(&*asset.packed).read_to_string(&mut unpacked).unwrap();
            assert_eq!(unpacked, asset.plain, "{}", asset.name);
        }
    }

    #[test]
    fn every_script_is_named_once_before_it_is_needed() {
        let scripts = ASSETS.iter().map(|asset| asset.name).filter(|name| name.ends_with(".js"));
        let asked: Vec<_> = scripts.filter(|name| !["main.js", "theme.js"].contains(name)).collect();
        assert_eq!(asked, MODULES);
    }

    #[test]
    fn the_page_is_light() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.plain.len()).sum();
        assert!(bytes < 180_000, "{bytes} bytes before packing");
    }
}
