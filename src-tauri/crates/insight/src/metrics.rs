//! Measures of a ranked list, of agreement and of spread. Undefined values are 0.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::random::Random;

/// Up to so many differing queries, a permutation test tries all ways.
const EXHAUSTIVE: usize = 16;
/// Otherwise so many.
const PERMUTATIONS: usize = 20_000;

/// Normalised discounted cumulative gain of the first `k` (Järvelin, Kekäläinen, TOIS 2002), with the gain
/// itself as numerator, as trec_eval and BEIR have it:
/// `DCG = sum over ranks i from 1 of gain(i) / log2(i + 1)`, divided by the DCG of the best possible order.
///
/// `gains` holds the graded judgements; 1 for each relevant item makes it binary. A missing or negative
/// gain is 0. A repeated item counts once.
pub fn ndcg<K: Eq + Hash>(ranked: &[K], gains: &HashMap<K, f32>, k: usize) -> f64 {
    let gain = |item: &K| f64::from(gains.get(item).copied().unwrap_or(0.0).max(0.0));
    let mut seen = HashSet::new();
    let found = ranked.iter().take(k).map(|item| if seen.insert(item) { gain(item) } else { 0.0 });
    let found = discounted(found);
    let mut best: Vec<f64> = gains.values().map(|g| f64::from(g.max(0.0))).collect();
    best.sort_unstable_by(|a, b| b.total_cmp(a));
    let best = discounted(best.into_iter().take(k));
    if best > 0.0 { found / best } else { 0.0 }
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains.enumerate().map(|(rank, gain)| gain / (rank as f64 + 2.0).log2()).sum()
}

/// The share of the relevant items that is among the first `k`: `|first k ∩ relevant| / |relevant|`.
pub fn recall<K: Eq + Hash>(ranked: &[K], relevant: &HashSet<K>, k: usize) -> f64 {
    let found: HashSet<&K> = ranked.iter().take(k).filter(|item| relevant.contains(item)).collect();
    if relevant.is_empty() { 0.0 } else { found.len() as f64 / relevant.len() as f64 }
}

/// The reciprocal rank of the first relevant item among the first `k`: `1 / rank`, 0 where there is none.
/// Its mean over queries is MRR@k (Voorhees, TREC-8).
pub fn reciprocal_rank<K: Eq + Hash>(ranked: &[K], relevant: &HashSet<K>, k: usize) -> f64 {
    let first = ranked.iter().take(k).position(|item| relevant.contains(item));
    first.map_or(0.0, |position| 1.0 / (position as f64 + 1.0))
}

/// The mean; 0 of nothing. MRR@k is the mean of [`reciprocal_rank`] over the queries.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// How often chance alone gives two measures of the same queries means that differ as much, in either direction: the paired
/// randomisation test (Fisher 1935; Smucker, Allan, Carterette, CIKM 2007). Each query's two values are swapped or not; all ways
/// are tried for up to 16 queries that differ, 20,000 random ones (the same every time) for more. 1 where nothing differs or
/// the lengths do.
pub fn permutation_test(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return 1.0;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).filter(|x| *x != 0.0).collect();
    if differences.is_empty() {
        return 1.0;
    }
    let observed = differences.iter().sum::<f64>().abs() - 1e-12;
    let with_signs = |sign: &mut dyn FnMut(usize) -> bool| -> bool {
        let sum: f64 = differences.iter().enumerate().map(|(at, x)| if sign(at) { *x } else { -x }).sum();
        sum.abs() >= observed
    };
    if differences.len() <= EXHAUSTIVE {
        let ways = 1u32 << differences.len();
        let extreme = (0..ways).filter(|way| with_signs(&mut |at| way >> at & 1 == 1)).count();
        return extreme as f64 / f64::from(ways);
    }
    let mut random = Random::new(1);
    let mut bits = 0;
    let mut sign = |at: usize| {
        if at.is_multiple_of(64) {
            bits = random.next();
        }
        bits >> (at % 64) & 1 == 1
    };
    let extreme = (0..PERMUTATIONS).filter(|_| with_signs(&mut sign)).count();
    // What was observed is one of the ways.
    (extreme + 1) as f64 / (PERMUTATIONS + 1) as f64
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing their mean rank.
/// 0 where a side is constant, or the lengths differ.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() { 0.0 } else { pearson(&ranks(a), &ranks(b)) }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut done = 0;
    for equal in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = done as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|&i| ranks[i] = rank);
        done += equal.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum =
        |f: fn(f64, f64) -> f64| -> f64 { a.iter().zip(b).map(|(x, y)| f(x - mean_a, y - mean_b)).sum() };
    let spread = (sum(|x, _| x * x) * sum(|_, y| y * y)).sqrt();
    if spread > 0.0 { sum(|x, y| x * y) / spread } else { 0.0 }
}

/// The `p`-th percentile (0 to 100) by linear interpolation between the sorted values at position
/// `p / 100 * (n - 1)` (Hyndman, Fan 1996, definition 7). 0 of nothing; NaN values are left out.
pub fn percentile(values: &[f64], p: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = p.clamp(0.0, 100.0) / 100.0 * last as f64;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    below + (above - below) * position.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn ndcg_by_hand() {
        let binary = HashMap::from([(2, 1.0), (3, 1.0)]);
        // Found at rank 2 only: (1/log2 3) / (1 + 1/log2 3)
        assert!(close(ndcg(&[1, 2, 4], &binary, 3), 0.386_852_807_234_541_6));
        assert!(close(ndcg(&[2, 3], &binary, 10), 1.0));
        assert!(close(ndcg(&[3, 3, 3], &binary, 10), 1.0 / 1.630_929_753_571_457_4));
        let graded = HashMap::from([(1, 3.0), (2, 2.0), (3, 0.0), (4, -1.0)]);
        // (2 + 3/2) / (3 + 2/log2 3)
        assert!(close(ndcg(&[2, 3, 1, 4], &graded, 4), 3.5 / 4.261_859_507_142_915));
        assert!(close(ndcg(&[2], &graded, 0), 0.0));
        assert!(close(ndcg(&[1], &HashMap::new(), 10), 0.0));
    }

    #[test]
    fn recall_and_reciprocal_rank_by_hand() {
        let relevant = HashSet::from(["a", "b", "c", "d"]);
        let ranked = ["x", "b", "b", "a", "c"];
        assert!(close(recall(&ranked, &relevant, 4), 0.5));
        assert!(close(recall(&ranked, &relevant, 100), 0.75));
        assert!(close(recall(&ranked, &HashSet::new(), 4), 0.0));
        assert!(close(reciprocal_rank(&ranked, &relevant, 10), 0.5));
        assert!(close(reciprocal_rank(&ranked, &relevant, 1), 0.0));
        assert!(close(mean(&[1.0, 0.5, 0.0]), 0.5) && close(mean(&[]), 0.0));
    }

    #[test]
    fn spearman_by_hand() {
        assert!(close(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 25.0]), 1.0));
        assert!(close(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0));
        // 1 - 6 * (0 + 1 + 1 + 0) / (4 * 15)
        assert!(close(spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]), 0.8));
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5)
        assert!(close(spearman(&[1.0, 5.0, 5.0, 9.0], &[1.0, 2.0, 3.0, 4.0]), 0.948_683_298_050_513_8));
        assert!(close(spearman(&[1.0, 1.0], &[1.0, 2.0]), 0.0));
        assert!(close(spearman(&[1.0], &[]), 0.0));
    }

    #[test]
    fn permutations_by_hand() {
        // All four differ in one direction: 2 of 16 ways are as extreme.
        assert!(close(permutation_test(&[0.5, 0.6, 0.7, 0.8], &[0.4, 0.5, 0.5, 0.4]), 2.0 / 16.0));
        // +1 and -1: every way is as extreme as a sum of 0.
        assert!(close(permutation_test(&[1.0, 0.0], &[0.0, 1.0]), 1.0));
        assert!(close(permutation_test(&[1.0], &[1.0]), 1.0) && close(permutation_test(&[1.0], &[]), 1.0));
        let (low, high) = (vec![0.4; 100], vec![0.5; 100]);
        assert!(permutation_test(&low, &high) < 1e-4);
        let mixed: Vec<f64> = (0..100).map(|at| if at % 2 == 0 { 0.3 } else { 0.51 }).collect();
        let p = permutation_test(&low, &mixed);
        assert!((0.5..0.8).contains(&p), "{p}");
        // Within what 20,000 samples give, all ways and random ways agree: 10 of 14 in one direction.
        let signs =
            |n: usize, up: usize| (0..n).map(|at| if at < up { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
        let opposite =
            |n: usize, up: usize| (0..n).map(|at| if at < up { 0.0 } else { 1.0 }).collect::<Vec<f64>>();
        assert!((permutation_test(&signs(14, 10), &opposite(14, 10)) - 0.1796).abs() < 1e-3);
        // Binomial: 2 * P(X >= 15 of 20) = 0.0414
        assert!((permutation_test(&signs(20, 15), &opposite(20, 15)) - 0.0414).abs() < 0.006);
    }

    #[test]
    fn percentile_by_hand() {
        let values = [40.0, 10.0, f64::NAN, 30.0, 20.0];
        assert!(close(percentile(&values, 50.0), 25.0));
        assert!(close(percentile(&values, 95.0), 38.5));
        assert!(close(percentile(&values, 0.0), 10.0) && close(percentile(&values, 200.0), 40.0));
        assert!(close(percentile(&[], 50.0), 0.0) && close(percentile(&[3.0], 99.0), 3.0));
    }
}
