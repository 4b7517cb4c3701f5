//! One ranked list from several.

use std::collections::HashMap;

/// The constant of reciprocal rank fusion in the paper.
pub const RANK_CONSTANT: f32 = 60.0;

/// What one way of searching found.
#[derive(Debug, Clone, Copy)]
pub struct Channel<'a> {
    /// How much it counts. Not finite or below zero counts as zero.
    pub weight: f32,
    /// The lowest score it can give (-1 for a cosine, 0 for BM25 with the sign turned), for [`convex`].
    /// `None`: the lowest score among its hits.
    pub floor: Option<f32>,
    /// Keys and scores, best first, a higher score being better. Of a repeated key the first counts.
    pub hits: &'a [(i64, f32)],
}

/// One key of the joined list.
#[derive(Debug, Clone, PartialEq)]
pub struct Fused {
    /// The key.
    pub key: i64,
    /// 0 to 1; 1 where every channel has it first.
    pub score: f32,
    /// The part each channel has in the score, in the order of the channels; they add up to 1.
    pub shares: Vec<f32>,
}

/// Reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009): a hit at rank `r` (from 1) of a channel of
/// weight `w` adds `w / (k + r)`. Divided by what a hit that is first everywhere would have. Scores of the
/// channels are not looked at. Sorted best first, ties by key.
pub fn reciprocal_rank(channels: &[Channel<'_>], k: f32) -> Vec<Fused> {
    let k = k.max(0.0);
    join(channels, |_, rank, _| (k + 1.0) / (k + rank as f32 + 1.0))
}

/// Convex combination of normalised scores (Bruch, Gai, Ingber, ACM TOIS 2023): each channel's scores are
/// mapped to 0..1 between its floor and its best score, then averaged by weight; a hit that a channel lacks
/// has 0 there. Sorted best first, ties by key.
pub fn convex(channels: &[Channel<'_>]) -> Vec<Fused> {
    let ranges: Vec<(f32, f32)> = channels.iter().map(range).collect();
    join(channels, |channel, _, score| {
        let (low, high) = ranges[channel];
        if high > low { ((score - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 }
    })
}

/// The lowest and the highest score to normalise between.
fn range(channel: &Channel<'_>) -> (f32, f32) {
    let scores = channel.hits.iter().map(|hit| hit.1).filter(|score| score.is_finite());
    let high = scores.clone().fold(f32::NEG_INFINITY, f32::max);
    let low = channel.floor.unwrap_or_else(|| scores.fold(f32::INFINITY, f32::min));
    (low, high)
}

/// Sums `weight * value(channel, rank from 0, score)` for each key, over the sum of the weights.
fn join(channels: &[Channel<'_>], value: impl Fn(usize, usize, f32) -> f32) -> Vec<Fused> {
    let weight =
        |channel: &Channel<'_>| if channel.weight.is_finite() { channel.weight.max(0.0) } else { 0.0 };
    let total: f32 = channels.iter().map(weight).sum();
    let mut parts: HashMap<i64, Vec<Option<f32>>> = HashMap::new();
    for (which, channel) in channels.iter().enumerate() {
        let part = if total > 0.0 { weight(channel) / total } else { 0.0 };
        for (rank, &(key, score)) in channel.hits.iter().enumerate() {
            let slot = &mut parts.entry(key).or_insert_with(|| vec![None; channels.len()])[which];
            let score = if score.is_finite() { value(which, rank, score) } else { 0.0 };
            slot.get_or_insert(part * score);
        }
    }
    let mut fused: Vec<Fused> = parts.into_iter().map(|(key, parts)| fuse(key, &parts)).collect();
    fused.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
    fused
}

fn fuse(key: i64, parts: &[Option<f32>]) -> Fused {
    let score: f32 = parts.iter().flatten().sum();
    let having = parts.iter().flatten().count().max(1) as f32;
    let share = |part: &Option<f32>| match part {
        None => 0.0,
        // Without any score the channels that have the key stand for it alike.
        Some(part) => {
            if score > 0.0 {
                part / score
            } else {
                1.0 / having
            }
        }
    };
    Fused { key, score: score.min(1.0), shares: parts.iter().map(share).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(weight: f32, hits: &[(i64, f32)]) -> Channel<'_> {
        Channel { weight, floor: None, hits }
    }

    fn close(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn reciprocal_rank_by_hand() {
        let words = [(7, 12.0), (3, 9.0)];
        let meaning = [(3, 0.9), (5, 0.2)];
        let fused = reciprocal_rank(&[channel(1.0, &words), channel(1.0, &meaning)], 60.0);
        assert_eq!(fused.iter().map(|f| f.key).collect::<Vec<_>>(), [3, 7, 5]);
        // 3: (1/62 + 1/61) / (2/61); 7: (1/61) / (2/61); 5: (1/62) / (2/61)
        assert!(close(fused[0].score, (61.0 / 62.0 + 1.0) / 2.0));
        assert!(close(fused[1].score, 0.5));
        assert!(close(fused[2].score, 61.0 / 124.0));
        assert!(close(fused[0].shares[0], 61.0 / 123.0) && close(fused[0].shares[1], 62.0 / 123.0));
        assert_eq!(fused[1].shares, [1.0, 0.0]);
    }

    #[test]
    fn convex_by_hand() {
        let words = [(1, 8.0), (2, 4.0)];
        let meaning = [(2, 0.8), (1, 0.0)];
        let channels = [
            Channel { weight: 1.0, floor: Some(0.0), hits: &words },
            Channel { weight: 3.0, floor: Some(-1.0), hits: &meaning },
        ];
        let fused = convex(&channels);
        // 2: (4/8 + 3 * 1) / 4; 1: (1 + 3 * (1 / 1.8)) / 4
        assert_eq!(fused.iter().map(|f| f.key).collect::<Vec<_>>(), [2, 1]);
        assert!(close(fused[0].score, 0.875));
        assert!(close(fused[1].score, (1.0 + 3.0 / 1.8) / 4.0));
        assert!(close(fused[0].shares[0], 0.125 / 0.875));
    }

    #[test]
    fn without_a_floor_the_lowest_hit_has_nothing() {
        let fused = convex(&[channel(1.0, &[(1, 5.0), (2, 3.0), (3, 1.0)])]);
        assert_eq!(
            fused,
            [
                Fused { key: 1, score: 1.0, shares: vec![1.0] },
                Fused { key: 2, score: 0.5, shares: vec![1.0] },
                Fused { key: 3, score: 0.0, shares: vec![1.0] },
            ]
        );
    }

    #[test]
    fn equal_scores_and_ties() {
        let fused = convex(&[channel(1.0, &[(9, 2.0), (4, 2.0), (9, 1.0)])]);
        assert_eq!(fused.iter().map(|f| (f.key, f.score)).collect::<Vec<_>>(), [(4, 1.0), (9, 1.0)]);
        assert_eq!(convex(&[]), []);
        assert_eq!(reciprocal_rank(&[channel(1.0, &[])], 60.0), []);
    }

    #[test]
    fn whatever_goes_in_scores_stay_in_range_and_shares_add_up() {
        let mut random = crate::random::Random::new(7);
        for _ in 0..300 {
            let lists: Vec<Vec<(i64, f32)>> = (0..3)
                .map(|_| {
                    let mut hits: Vec<(i64, f32)> = (0..random.below(12))
                        .map(|_| (random.below(20) as i64, random.unit() * 4.0 - 2.0))
                        .collect();
                    hits.push((1, [f32::NAN, f32::INFINITY, 0.5][random.below(3)]));
                    hits.sort_by(|a, b| b.1.total_cmp(&a.1));
                    hits
                })
                .collect();
            let weights = [random.unit(), 0.0, [f32::NAN, -1.0, 2.0][random.below(3)]];
            let channels: Vec<Channel<'_>> = lists
                .iter()
                .zip(weights)
                .map(|(hits, weight)| Channel { weight, floor: Some(-1.0), hits })
                .collect();
            for fused in [convex(&channels), reciprocal_rank(&channels, RANK_CONSTANT)] {
                for pair in fused.windows(2) {
                    assert!(pair[0].score >= pair[1].score);
                }
                for hit in &fused {
                    assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
                    assert!((hit.shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{hit:?}");
                }
            }
        }
    }
}
