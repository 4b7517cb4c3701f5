//! What a shorter form of the vectors costs, measured on the vectors themselves.

use std::collections::HashMap;
use std::time::Instant;

use crate::rows::Rows;
use crate::storage::{self, Storage};
use crate::{Filter, Hit, Result};

/// Hits that are compared.
pub const K: usize = 10;
/// Where the true nearest are looked for among the candidates of the shorter form.
const DEPTH: usize = 2_000;

/// At which places of a shorter form's list the truly nearest vectors stand.
///
/// It tells recall before scoring again (those among the first ten) and after (those among the candidates that are scored
/// again), for any number of candidates at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    /// Ascending, from 0; `usize::MAX` for those that are not in the list.
    places: Vec<usize>,
}

impl Places {
    /// Finds the ten nearest of each query (at full length) in the list that `short` makes for it. `short` is given the
    /// query and how many keys to return, best first.
    pub fn find(
        full: &Rows,
        queries: &[Vec<f32>],
        mut short: impl FnMut(&[f32], usize) -> Result<Vec<Hit>>,
    ) -> Result<Places> {
        let depth = DEPTH.min(full.len());
        let mut places = Vec::with_capacity(K * queries.len());
        for query in queries {
            let right = full.scan(&full.query(query)?, K, &Filter::All, 1);
            let list: HashMap<i64, usize> =
                short(query, depth)?.into_iter().enumerate().map(|(at, hit)| (hit.key, at)).collect();
            places.extend(right.iter().map(|hit| list.get(&hit.key).copied().unwrap_or(usize::MAX)));
        }
        places.sort_unstable();
        Ok(Places { places })
    }

    /// Share of the true nearest among the first `candidates`, 0 to 1; 1 if there are none to find.
    pub fn recall(&self, candidates: usize) -> f32 {
        let found = self.places.partition_point(|place| *place < candidates);
        if self.places.is_empty() { 1.0 } else { found as f32 / self.places.len() as f32 }
    }

    /// The fewest candidates, ten at least, that reach this recall (0 to 1); `None`: even the longest list does not.
    pub fn candidates(&self, recall: f32) -> Option<usize> {
        let needed = (recall * self.places.len() as f32).ceil() as usize;
        let Some(last) = needed.checked_sub(1) else { return Some(K) };
        let place = *self.places.get(last)?;
        (place != usize::MAX).then(|| (place + 1).max(K))
    }
}

/// What a form of the vectors costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Recall@10 of the form by itself, 0 to 1.
    pub recall: f32,
    /// Candidates that are scored again with the full vectors.
    pub candidates: usize,
    /// Recall@10 after that, 0 to 1.
    pub rescored_recall: f32,
    /// Milliseconds of a search, scoring again included, that half of the queries stay below. One thread, by a scan.
    pub p50_ms: f64,
    /// As before, for 95 of 100.
    pub p95_ms: f64,
}

/// Measures a form (dimensions and storage) of the vectors in `full` (floats, full length, rotated if the form's vectors would
/// be) with queries of the same length. Candidates are as few as reach a recall (0 to 1), and at most `most`; `rescore` does what
/// it takes to score them again, and is timed.
pub fn cost(
    full: &Rows,
    queries: &[Vec<f32>],
    (dims, storage): (usize, Storage),
    (most, target): (usize, f32),
    mut rescore: impl FnMut(&[f32], &[i64]),
) -> Result<Cost> {
    let mut rows = Rows::new(dims, storage)?;
    rows.reserve(full.len());
    for (at, key) in full.keys().iter().enumerate() {
        rows.put(*key, &full.vector_at(at)[..dims])?;
    }
    let scan = |query: &[f32], k: usize| Ok(rows.scan(&rows.query(&query[..dims])?, k, &Filter::All, 1));
    let places = Places::find(full, queries, scan)?;
    let candidates = places.candidates(target).unwrap_or(most).min(most);
    let mut milliseconds = Vec::with_capacity(queries.len());
    for query in queries {
        let start = Instant::now();
        let near: Vec<i64> = scan(query, candidates)?.into_iter().map(|hit| hit.key).collect();
        rescore(query, &near);
        milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let at = (milliseconds.len() as f64 * share) as usize;
        milliseconds.get(at.min(milliseconds.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    Ok(Cost {
        recall: places.recall(K),
        candidates,
        rescored_recall: places.recall(candidates),
        p50_ms: percentile(0.5),
        p95_ms: percentile(0.95),
    })
}

/// A query is made of a vector and the neighbour that is so far down its list.
const APART: usize = 20;

impl Rows {
    /// Up to `count` queries made of the vectors: each half way between one and its twentieth neighbour. The same rows
    /// give the same queries.
    ///
    /// Vectors that are in the rows would be too easy, as each finds itself at once; what people ask lies among the texts.
    /// The twentieth was chosen between two that were tried with a graph of 40,000 vectors (10,750 passages, the others made
    /// from them as `tests/bench/search.py` does): recall@10 with 64 and 96 candidates was .988 and .993 for real questions,
    /// .987 and .988 half way to the 5th neighbour, .995 and .995 to the 50th; half way between two vectors taken at random,
    /// .81 and .85. With 100,000 vectors they ask for more candidates than real questions need (128 against 48).
    pub fn queries_between(&self, count: usize) -> Vec<Vec<f32>> {
        let place = |i: usize| {
            let fraction = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((u128::from(fraction) * self.len() as u128) >> 64) as usize
        };
        let between = |i: usize| {
            let one = self.vector_at(place(i));
            let near = self.scan(&self.query(&one).ok()?, APART + 1, &Filter::All, 1);
            let other = self.vector_at(*self.slots.get(&near.last()?.key)? as usize);
            storage::unit(&one.iter().zip(&other).map(|(a, b)| a + b).collect::<Vec<f32>>())
        };
        (1..=count.min(self.len())).filter_map(between).collect()
    }
}
