//! What follows from the rest of a value, and is made when somebody asks for it.

use std::sync::OnceLock;

/// Made at the first time. A copy makes its own, and two are always equal.
#[derive(Debug)]
pub(super) struct MadeOnce<T>(OnceLock<T>);

impl<T> MadeOnce<T> {
    /// What was made, or what `make` makes now.
    pub(super) fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}

impl<T> Default for MadeOnce<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Clone for MadeOnce<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for MadeOnce<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
