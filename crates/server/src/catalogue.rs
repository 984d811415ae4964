//! The models that are served, each in its versions and under its aliases.
//!
//! A handler asks once, by [`Catalogue::find`], for the model, the version or the alias that the request names, or for
//! the default, and keeps the [`Served`] that it got to the end of its answer: whatever is loaded, swapped or taken away
//! meanwhile, one request meets one version. Reading takes no lock: all that is served stands in one immutable [`Shown`],
//! which a change replaces in one step. A version is freed when the last request that holds it has ended.
//!
//! All changes are made by one thread, the [`Curator`], one after the other; workers and the admin API give it orders.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use arc_swap::ArcSwap;
use model_core::encoding::shortened;

use crate::error::ApiError;
use crate::state::Served;

mod changes;
mod curator;
mod folder;
mod policy;
mod remote;
mod rules;
mod shadow;
mod shown;
mod traffic;

pub use curator::Curator;
pub use policy::Policy;
pub use remote::{Nudge, Remote};
pub use rules::RulesError;
pub(crate) use rules::WrittenTraffic;
#[cfg(any(test, fuzzing))]
pub(crate) use rules::survives_writing;
pub(crate) use shadow::Copied;
pub use shadow::ShadowCounts;
pub use shown::{Entry, Shadow, Shown, Standing, Trouble};

/// Which version of a model a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// By its number.
    Version(u64),
    /// By one of its names.
    Alias(String),
}

impl Selector {
    /// A version as it stands in an address: digits are its number, all else is an alias.
    pub fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Alias(text.to_owned()), Self::Version)
    }
}

/// The models that are served.
pub struct Catalogue {
    shown: ArcSwap<Shown>,
    /// Whether any model has its traffic split or shadowed: without, no request pays for it.
    has_traffic: AtomicBool,
    orders: OnceLock<Sender<curator::Order>>,
    /// Wakes whoever follows a registry.
    nudges: OnceLock<Sender<Nudge>>,
    copies: shadow::Copies,
    tally: Tally,
}

/// What was loaded so far, and what could not be.
#[derive(Debug, Default)]
pub struct Tally {
    /// Versions that were loaded.
    pub loads: AtomicU64,
    /// Attempts to load a version, or to read the header of a file, that failed.
    pub load_failures: AtomicU64,
    /// Readings of `models.json` that failed.
    pub rules_failures: AtomicU64,
}

impl Catalogue {
    /// A catalogue of one model in one version.
    pub fn of_one(served: Served) -> Self {
        Self::of(Shown::of_one(Arc::new(served)))
    }

    fn of(shown: Shown) -> Self {
        Self {
            has_traffic: AtomicBool::new(shown.has_traffic()),
            shown: ArcSwap::from_pointee(shown),
            orders: OnceLock::new(),
            nudges: OnceLock::new(),
            copies: shadow::Copies::default(),
            tally: Tally::default(),
        }
    }

    /// All that is served at this moment.
    pub fn shown(&self) -> Arc<Shown> {
        self.shown.load_full()
    }

    /// What was loaded so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Shows all in another way from now on.
    fn show(&self, shown: Shown) {
        self.has_traffic.store(shown.has_traffic(), Ordering::Relaxed);
        self.shown.store(Arc::new(shown));
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

    /// The same; where no version is named and the model's traffic is split, the side that the id of the request falls on.
    ///
    /// # Errors
    /// As [`Catalogue::find`].
    pub fn find_for(
        &self,
        request_id: &str,
        model: Option<&str>,
        version: Option<&Selector>,
    ) -> Result<Arc<Served>, ApiError> {
        if version.is_some() || !self.has_traffic() {
            return self.find(model, version);
        }
        let shown = self.shown.load();
        let entry = match model {
            Some(model) => shown.entry(model)?,
            None => shown.default_entry()?,
        };
        match entry.side(request_id) {
            Some(served) => Ok(served),
            None => entry.select(None),
        }
    }

    /// Whether any model has its traffic split or shadowed.
    pub fn has_traffic(&self) -> bool {
        self.has_traffic.load(Ordering::Relaxed)
    }
}

/// The error for a name that is not in a list.
fn no_such(what: &'static str, wanted: &str, known: impl IntoIterator<Item = String>) -> ApiError {
    ApiError::NoSuch { what, wanted: shortened(wanted), known: known.into_iter().collect() }
}
