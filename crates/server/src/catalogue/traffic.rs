//! Which of several versions answers a request that names none: by weight, and the same for the same request id.

use std::sync::Arc;

use crate::state::Served;

/// Versions that share the requests.
#[derive(Clone)]
pub(super) struct Split {
    /// Each with the sum of the weights up to its own.
    sides: Vec<(u64, Arc<Served>)>,
}

impl Split {
    /// Of the versions that answer, by weight; `None` when none of them has any.
    pub(super) fn of(sides: impl Iterator<Item = (u32, Arc<Served>)>) -> Option<Self> {
        let mut total = 0;
        let sides: Vec<_> = sides
            .filter(|(weight, _)| *weight > 0)
            .map(|(weight, served)| {
                total += u64::from(weight);
                (total, served)
            })
            .collect();
        (!sides.is_empty()).then_some(Self { sides })
    }

    /// The version that answers the request of this id.
    pub(super) fn side(&self, request_id: &str) -> Option<&Arc<Served>> {
        let (total, _) = self.sides.last()?;
        let point = hash(request_id.as_bytes()) % total;
        self.sides.iter().find(|(until, _)| point < *until).map(|(_, served)| served)
    }
}

/// FNV-1a, its bits mixed as MurmurHash3 does at the end: the same on every machine and in every version of this program,
/// and even for ids that differ in their last digit alone.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of these would send callers to another side after an update.
    #[test]
    fn the_hash_of_an_id_is_the_same_for_ever() {
        let check = |id: &str, expected: u64| assert_eq!(hash(id.as_bytes()), expected, "{id:?}");
        check("", 0xefd0_1f60_ba99_2926);
        check("7f3a-01", 0xe715_abb3_fdc2_1885);
    }

    #[test]
    fn ids_in_a_row_fall_evenly() {
        let below =
            |share: u64| (0..10_000).filter(|id| hash(format!("id-{id}").as_bytes()) % 100 < share).count();
        for share in [1, 10, 50, 90] {
            let (count, expected) = (below(share) as f64, 100.0 * share as f64);
            // Five standard deviations of a binomial distribution.
            let margin = 5.0 * (expected * (1.0 - share as f64 / 100.0)).sqrt();
            assert!((count - expected).abs() < margin, "{count} of {expected}");
        }
    }
}
