//! Gini impurity and entropy as sums of one term for each class.

/// A measure of the disorder of classes.
///
/// A side with class weights `c` of total `w` is worth `value(Σ term(c), w)`; the decrease of impurity is what both
/// sides together are worth more than the node. One row changes one term.
pub(crate) trait Measure: Send {
    /// What one class adds.
    fn term(weight: f64) -> f64;
    /// What a side is worth.
    fn value(terms: f64, weight: f64) -> f64;
}

/// `w (1 - Σ (c / w)²) = w - Σ c² / w`.
pub(crate) struct Gini;

impl Measure for Gini {
    #[inline(always)]
    fn term(weight: f64) -> f64 {
        weight * weight
    }

    #[inline(always)]
    fn value(terms: f64, weight: f64) -> f64 {
        terms / weight
    }
}

/// `-w Σ c / w log₂(c / w) = w log₂ w - Σ c log₂ c`, in bits.
pub(crate) struct Entropy;

impl Measure for Entropy {
    #[inline(always)]
    fn term(weight: f64) -> f64 {
        if weight > 0.0 { weight * weight.log2() } else { 0.0 }
    }

    #[inline(always)]
    fn value(terms: f64, weight: f64) -> f64 {
        terms - Self::term(weight)
    }
}
