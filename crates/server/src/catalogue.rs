//! The models that are served, each in its versions and under its aliases.
//!
//! A handler asks once, by [`Catalogue::find`], for the model, the version or the alias that the request names, or for
//! the default, and keeps the [`Served`] that it got to the end of its answer: whatever is loaded, swapped or taken away
//! meanwhile, one request meets one version. Reading takes no lock: all that is served stands in one immutable [`Shown`],
//! which a change replaces in one step. A version is freed when the last request that holds it ends.

use std::sync::Arc;

use arc_swap::ArcSwap;
use model_core::encoding::shortened;

use crate::error::ApiError;
use crate::state::Served;

mod shown;

pub use shown::{Entry, Shown, Standing};

/// Which version of a model a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// By its number.
    Version(u64),
    /// By one of its names.
    Alias(String),
}

/// The models that are served.
pub struct Catalogue {
    shown: ArcSwap<Shown>,
}

impl Catalogue {
    /// A catalogue of one model in one version.
    pub fn of_one(served: Served) -> Self {
        Self { shown: ArcSwap::from_pointee(Shown::of_one(Arc::new(served))) }
    }

    /// All that is served at this moment.
    pub fn shown(&self) -> Arc<Shown> {
        self.shown.load_full()
    }

    /// The version that answers: of this model, or else of the default one; this version or alias, or else the default
    /// one.
    ///
    /// # Errors
    /// [`ApiError::NoSuch`] for a model, version or alias that nobody knows, with those that are known;
    /// [`ApiError::ModelNotReady`] for one that is known and not loaded, with the reason.
    pub fn find(&self, model: Option<&str>, version: Option<&Selector>) -> Result<Arc<Served>, ApiError> {
        let shown = self.shown.load();
        match (model, version) {
            (None, None) => shown.default_served(),
            (None, Some(_)) => shown.default_entry()?.select(version),
            (Some(model), _) => shown.entry(model)?.select(version),
        }
    }
}

/// The error for a name that is not in a list.
fn no_such(what: &'static str, wanted: &str, known: impl IntoIterator<Item = String>) -> ApiError {
    ApiError::NoSuch { what, wanted: shortened(wanted), known: known.into_iter().collect() }
}
