//! One node of a tree in eight bytes, and the branch rule.
//!
//! | word | split by a threshold | split by a set of levels | leaf |
//! |---|---|---|---|
//! | `bits` | threshold, an `f32` | place of the set | a NaN that carries the leaf's index |
//! | `packed` | left child, feature, 0, missing bit | left child, feature, 1, missing bit | itself, 0, 0, 0 |
//!
//! The right child stands beside the left one, so the rule is an addition: `next = left + goes_right`. Numeric: `x <= t`
//! goes left. Category: a level in the set goes left. A missing value (NaN) goes where the missing bit says. Every
//! comparison with a NaN threshold is false, so a leaf leads to itself and a walk needs no test for its end.

use crate::ForestError;

/// Most leaves that one tree can name: the payload of a quiet NaN with its sign.
pub(crate) const LEAF_LIMIT: u32 = 1 << 23;
/// Exponent and quiet bit of a NaN.
const QUIET_NAN: u32 = 0x7fc0_0000;
const SIGN: u32 = 0x8000_0000;
const PAYLOAD: u32 = 0x003f_ffff;

const MISSING_RIGHT: u32 = 1;
const CATEGORY: u32 = 2;
/// Bits below the feature.
const FLAG_BITS: u32 = 2;
/// Bits that are always left for children, so that the widest table still allows trees of 65,536 nodes.
const CHILD_BITS: u32 = 16;

/// Whether a numeric value goes to the right child of a split at `threshold`. A missing value, and every value at a
/// leaf, gives false here.
#[inline(always)]
pub fn exceeds(value: f32, threshold: f32) -> bool {
    value > threshold
}

/// The place of a number in the order of all numbers: [`exceeds`] says of two values what `>` says of their ordinals.
/// There is none for NaN.
#[inline(always)]
pub(crate) fn ordinal(value: f32) -> u32 {
    // With zero added, both zeros are the same one.
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The largest ordinal, that of infinity. Those above it are free.
pub(crate) const LARGEST_ORDINAL: u32 = 0xff80_0000;

/// The code of a category's encoded value; whatever is not a known level counts as unseen.
#[inline(always)]
pub fn level_code(value: f32, levels: u32) -> u32 {
    (value as u32).min(levels)
}

/// Bytes of a node as it is stored: both words little-endian.
pub(crate) const NODE_BYTES: usize = 8;

/// Nodes in the form in which they are stored, so that those of an artifact are never copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nodes<'a>(pub(crate) &'a [[u8; NODE_BYTES]]);

impl<'a> Nodes<'a> {
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    #[inline(always)]
    pub(crate) fn at(self, place: usize) -> Node {
        Node::from_bytes(self.0[place])
    }

    pub(crate) fn part(self, first: usize, count: usize) -> Self {
        Self(&self.0[first..][..count])
    }

    pub(crate) fn iter(self) -> impl DoubleEndedIterator<Item = Node> + ExactSizeIterator + 'a {
        self.0.iter().map(|&bytes| Node::from_bytes(bytes))
    }
}

/// One node. Its meaning depends on the [`Packing`] of its forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) bits: u32,
    pub(crate) packed: u32,
}

impl Node {
    #[inline(always)]
    pub(crate) fn from_bytes([a, b, c, d, e, f, g, h]: [u8; NODE_BYTES]) -> Self {
        Self { bits: u32::from_le_bytes([a, b, c, d]), packed: u32::from_le_bytes([e, f, g, h]) }
    }

    pub(crate) fn to_bytes(self) -> [u8; NODE_BYTES] {
        let ([a, b, c, d], [e, f, g, h]) = (self.bits.to_le_bytes(), self.packed.to_le_bytes());
        [a, b, c, d, e, f, g, h]
    }

    #[inline(always)]
    pub(crate) fn threshold(self) -> f32 {
        f32::from_bits(self.bits)
    }

    #[inline(always)]
    pub(crate) fn is_category(self) -> bool {
        self.packed & CATEGORY != 0
    }

    #[inline(always)]
    pub(crate) fn missing_right(self) -> bool {
        self.packed & MISSING_RIGHT != 0
    }

    #[inline(always)]
    pub(crate) fn is_leaf(self) -> bool {
        self.bits & QUIET_NAN == QUIET_NAN && !self.is_category()
    }

    /// Index of the leaf, counted from the leaf base of its tree. Without meaning for a split.
    #[inline(always)]
    pub(crate) fn leaf(self) -> u32 {
        self.bits & PAYLOAD | (self.bits & SIGN) >> 9
    }
}

/// Where the parts of `packed` stand; constant for a forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    shift: u32,
}

impl Packing {
    pub(crate) fn for_features(features: usize) -> Result<Self, ForestError> {
        let feature_bits = match features {
            0 => return Err(ForestError::Shape { reason: "no features".into() }),
            _ => usize::BITS - (features - 1).leading_zeros(),
        };
        let limit = 32 - FLAG_BITS - CHILD_BITS;
        if feature_bits > limit {
            let reason = format!("{features} features, the limit is {}", 1u32 << limit);
            return Err(ForestError::Shape { reason });
        }
        Ok(Self { shift: FLAG_BITS + feature_bits })
    }

    /// Most nodes of one tree.
    pub(crate) fn node_limit(self) -> u32 {
        1 << (32 - self.shift)
    }

    #[inline(always)]
    pub(crate) fn child(self, node: Node) -> u32 {
        node.packed >> self.shift
    }

    #[inline(always)]
    pub(crate) fn feature(self, node: Node) -> u32 {
        (node.packed & ((1 << self.shift) - 1)) >> FLAG_BITS
    }

    /// Where the value of the feature stands in a row, in bytes: four times the feature, which has two bits below it.
    #[inline(always)]
    pub(crate) fn value_offset(self, node: Node) -> u32 {
        const { assert!(1 << FLAG_BITS == size_of::<f32>()) };
        node.packed & ((1 << self.shift) - (1 << FLAG_BITS))
    }

    /// The bits of `packed` that tell where the value of the feature stands in a row, in bytes, and the number of bits below
    /// the child.
    pub(crate) fn fields(self) -> (u32, u32) {
        ((1 << self.shift) - (1 << FLAG_BITS), self.shift)
    }

    /// A leaf at place `own`; both numbers are below their limits.
    pub(crate) fn leaf(self, own: u32, leaf: u32) -> Node {
        debug_assert!(own < self.node_limit() && leaf < LEAF_LIMIT);
        Node { bits: QUIET_NAN | leaf & PAYLOAD | (leaf << 9) & SIGN, packed: own << self.shift }
    }

    /// The same split with other children.
    pub(crate) fn with_child(self, split: Node, child: u32) -> Node {
        debug_assert!(child < self.node_limit());
        Node { packed: child << self.shift | split.packed & ((1 << self.shift) - 1), ..split }
    }

    /// A split whose children begin at `child`.
    pub(crate) fn split(self, child: u32, feature: u32, by: Split, missing_right: bool) -> Node {
        debug_assert!(child < self.node_limit());
        let (bits, category) = match by {
            Split::Threshold(threshold) => (threshold.to_bits(), 0),
            Split::Set(place) => (place, CATEGORY),
        };
        let missing = if missing_right { MISSING_RIGHT } else { 0 };
        Node { bits, packed: child << self.shift | feature << FLAG_BITS | category | missing }
    }
}

/// What divides the rows of a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Split {
    /// Values up to this one, never NaN, go left.
    Threshold(f32),
    /// Levels in the set at this place go left.
    Set(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_gives_its_index_back_and_leads_to_itself() {
        for features in [1, 2, 20, 10_000] {
            let packing = Packing::for_features(features).unwrap();
            for leaf in [0, 1, PAYLOAD, PAYLOAD + 1, LEAF_LIMIT - 1] {
                let node = packing.leaf(7, leaf);
                assert!(node.is_leaf() && node.threshold().is_nan());
                assert_eq!((node.leaf(), packing.child(node)), (leaf, 7));
                assert!(!exceeds(f32::INFINITY, node.threshold()));
                assert!(!node.missing_right());
            }
        }
    }

    #[test]
    fn a_split_gives_its_parts_back() {
        let packing = Packing::for_features(20).unwrap();
        let last = packing.node_limit() - 1;
        let node = packing.split(last, 19, Split::Threshold(-0.5), true);
        assert_eq!((packing.child(node), packing.feature(node), node.threshold()), (last, 19, -0.5));
        assert!(node.missing_right() && !node.is_category() && !node.is_leaf());
        // The place of a set may look like a NaN.
        let node = packing.split(2, 0, Split::Set(u32::MAX), false);
        assert!(node.is_category() && !node.is_leaf() && !node.missing_right());
    }

    #[test]
    fn ordinals_are_in_the_order_of_the_numbers() {
        let largest = f32::INFINITY;
        let numbers = [-largest, f32::MIN, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX, largest];
        for a in numbers {
            for b in numbers {
                assert_eq!(ordinal(a) > ordinal(b), exceeds(a, b), "{a} {b}");
            }
        }
        assert_eq!(ordinal(largest), LARGEST_ORDINAL);
        assert_eq!(LARGEST_ORDINAL & (LEAF_LIMIT - 1), 0);
        assert!(ordinal(-largest) > 0);
    }

    #[test]
    fn features_take_as_few_bits_as_they_need() {
        let check = |features: usize, bits: u32| {
            assert_eq!(Packing::for_features(features).unwrap().node_limit(), 1 << (30 - bits), "{features}");
        };
        check(1, 0);
        check(2, 1);
        check(3, 2);
        check(4, 2);
        check(20, 5);
        check(16_384, 14);
        assert!(Packing::for_features(16_385).is_err());
        assert!(Packing::for_features(0).is_err());
    }

    #[test]
    fn codes_that_are_no_level_count_as_unseen() {
        assert_eq!(level_code(2.0, 3), 2);
        assert_eq!(level_code(3.0, 3), 3);
        assert_eq!(level_code(1e9, 3), 3);
    }
}
