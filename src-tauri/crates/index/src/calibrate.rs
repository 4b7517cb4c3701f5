//! How many candidates the graph needs, found out on the index's own vectors.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use crate::{Filter, MAX_EFFORT, Result, VectorIndex, read};

/// Hits that are compared.
const K: usize = 10;
/// Queries that are tried.
const QUERIES: usize = 200;
/// Candidates that are tried.
const LADDER: [usize; 14] = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 2_048];

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Candidates that the graph is asked for from now on.
    pub candidates: usize,
    /// Share of the ten nearest that it found with so many, against a scan.
    pub recall: f32,
}

impl VectorIndex {
    /// Finds the fewest candidates with which the graph's recall@10 reaches `target` (0 to 1), and uses as many from
    /// now on. Takes about 400 scans. An index without a graph, without vectors, or with vectors that are not linked has recall 1.
    ///
    /// The queries are those of [`crate::Rows::queries_between`].
    pub fn calibrate(&self, target: f32) -> Result<Calibration> {
        let queries = read(&self.rows).queries_between(QUERIES);
        let usable = self.is_linked() && !queries.is_empty();
        let Some(graph) = self.graph.as_ref().filter(|_| usable) else {
            return Ok(Calibration { candidates: self.effort.load(Ordering::Relaxed), recall: 1.0 });
        };
        let mut right = Vec::with_capacity(queries.len());
        for unit in &queries {
            let rows = read(&self.rows);
            let hits = rows.scan(&rows.query_of_unit(unit.clone()), K, &Filter::All, 1);
            right.push(hits.into_iter().map(|hit| hit.key).collect::<HashSet<i64>>());
        }
        let wanted: usize = right.iter().map(HashSet::len).sum();
        let mut measured = Calibration { candidates: LADDER[0], recall: 0.0 };
        for candidates in LADDER {
            let mut found = 0;
            for (unit, right) in queries.iter().zip(&right) {
                let near = graph.near(unit, candidates)?;
                let rows = read(&self.rows);
                let hits = rows.best_of(&rows.query_of_unit(unit.clone()), near, K);
                found += hits.iter().filter(|hit| right.contains(&hit.key)).count();
            }
            measured = Calibration { candidates, recall: found as f32 / wanted.max(1) as f32 };
            if measured.recall >= target {
                break;
            }
        }
        self.set_effort(measured.candidates);
        Ok(measured)
    }

    /// Candidates that the graph is asked for from now on, at least: 1 to 4,096.
    pub fn set_effort(&self, candidates: usize) {
        self.effort.store(candidates.clamp(1, MAX_EFFORT), Ordering::Relaxed);
    }
}
