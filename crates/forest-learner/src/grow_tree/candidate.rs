//! The order in which nodes are split when the number of leaves is limited.

use super::OpenNode;
use crate::split_search::Split;

/// A node whose best split is known and may still be made.
pub(super) struct Candidate {
    pub(super) node: OpenNode,
    pub(super) split: Split,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    /// The larger decrease first, then the older node.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.split.gain.total_cmp(&other.split.gain).then(other.node.place.cmp(&self.node.place))
    }
}
