//! The area under the receiver operating characteristic.

/// Probability that a random positive row has a higher score than a random negative one, ties counting half; `None`
/// when one of the two kinds is absent.
pub(super) fn area_under_curve(positive: &[bool], scores: &[f64]) -> Option<f64> {
    let positives = positive.iter().filter(|&&positive| positive).count() as f64;
    let negatives = positive.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    // Sum of the ranks of the positive rows, equal scores sharing their mean rank (Mann–Whitney).
    let mut rank_sum = 0.0;
    let mut ranked = 0;
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let mean_rank = ranked as f64 + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += mean_rank * tied.iter().filter(|&&row| positive[row]).count() as f64;
        ranked += tied.len();
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_ordered_pairs() {
        let check = |positive: &[u8], scores: &[f64], expected: Option<f64>| {
            let positive: Vec<bool> = positive.iter().map(|&p| p == 1).collect();
            assert_eq!(area_under_curve(&positive, scores), expected);
        };
        check(&[0, 0, 1, 1], &[0.1, 0.4, 0.35, 0.8], Some(0.75));
        check(&[0, 1], &[0.5, 0.5], Some(0.5));
        check(&[0, 1, 1], &[0.9, 0.1, 0.2], Some(0.0));
        // Pairs: (0.5, 0.5) counts half, the other three are ordered.
        check(&[0, 0, 1, 1], &[0.5, 0.1, 0.5, 0.9], Some(3.5 / 4.0));
        check(&[1, 1], &[0.1, 0.2], None);
        check(&[], &[], None);
    }
}
