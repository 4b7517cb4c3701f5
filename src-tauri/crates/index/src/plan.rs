//! Which searcher answers a search, and why.

use crate::filter::Filter;

/// What the caller wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// Whichever is quicker at the recall that is asked for.
    #[default]
    Speed,
    /// Look at every vector: nothing is missed.
    Exact,
    /// Use the graph wherever there is one.
    Graph,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Searcher {
    /// A scan of every vector that the filter allows.
    Scan,
    /// The graph, asked for this many candidates.
    Graph {
        /// How many.
        candidates: usize,
    },
}

/// Who answers, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Who.
    pub searcher: Searcher,
    /// One plain sentence.
    pub why: String,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// Vectors in the index.
    pub len: usize,
    /// About how many of them the filter allows.
    pub allowed: usize,
    pub filtered: bool,
    /// Hits wanted.
    pub k: usize,
    /// Bytes of a row.
    pub row_bytes: usize,
    /// Candidates that the graph needs for few hits to be the right ones, as measured; `None`: no graph.
    pub effort: Option<usize>,
}

/// Nanoseconds to read a byte of rows one after another. This and the next three are rounded from runs of the example
/// `search_bench` on 100,000 vectors, on a quiet machine; only their ratios matter for the choice.
const SCAN_BYTE: f64 = 0.06;
/// Nanoseconds of a scan for each row, whatever its length.
const SCAN_ROW: f64 = 4.0;
/// Nanoseconds more for each row that a filter picks: it lies somewhere, and has to come from memory by itself.
const PICK_ROW: f64 = 100.0;
/// How many times as many candidates the graph is asked for where a filter drops some: those that pass lie deeper in its list,
/// where it is less sure.
const FILTERED: f64 = 1.5;
/// Nanoseconds for each candidate of the graph, in a graph of 1,000; each doubling adds a tenth.
const CANDIDATE: f64 = 2_500.0;

impl Situation {
    /// How many candidates the graph would be asked for: few enough of them pass the filter that more are needed.
    fn candidates(&self, effort: usize) -> usize {
        let wanted = effort.max(2 * self.k) as f64 * if self.filtered { FILTERED } else { 1.0 };
        let share = (self.allowed as f64 / self.len.max(1) as f64).max(1e-9);
        ((wanted / share).ceil() as usize).min(self.len)
    }

    fn scan_nanoseconds(&self) -> f64 {
        let row = SCAN_ROW + self.row_bytes as f64 * SCAN_BYTE + if self.filtered { PICK_ROW } else { 0.0 };
        self.allowed as f64 * row
    }

    fn graph_nanoseconds(&self, candidates: usize) -> f64 {
        let doublings = (self.len as f64 / 1e3).log2().max(0.0);
        candidates as f64 * CANDIDATE * (1.0 + 0.1 * doublings)
    }

    pub(crate) fn plan(&self, prefer: Prefer) -> Plan {
        let Some(effort) = self.effort else {
            return self.scan("there is no graph");
        };
        let candidates = self.candidates(effort);
        if prefer == Prefer::Exact {
            return self.scan("exact search was asked for");
        }
        // Where the graph would have to return nearly everything, it is no shorter way.
        if candidates >= self.len {
            return self.scan("the graph would have to visit them all");
        }
        let times = self.scan_nanoseconds() / self.graph_nanoseconds(candidates);
        match prefer {
            Prefer::Speed if times <= 1.0 => self.scan("that is quicker than the graph"),
            _ => {
                Plan { searcher: Searcher::Graph { candidates }, why: self.graph_sentence(candidates, times) }
            }
        }
    }

    fn scan(&self, because: &str) -> Plan {
        let why = if self.filtered {
            format!(
                "Looked at each of about {} vectors that the filter allows of {}: {because}.",
                self.allowed, self.len
            )
        } else {
            format!("Looked at each of {} vectors: {because}.", self.len)
        };
        Plan { searcher: Searcher::Scan, why }
    }

    fn graph_sentence(&self, candidates: usize, times: f64) -> String {
        let filter = if self.filtered {
            format!(", as the filter allows about {} of them", self.allowed)
        } else {
            String::new()
        };
        format!(
            "Asked the graph of {} vectors for {candidates} candidates{filter}: looking at each would take about {times:.1} times as long.",
            self.len
        )
    }
}

/// Keys that are tried to find out how many a function lets through.
const TRIED: usize = 512;

/// About how many of these keys the filter allows.
pub(crate) fn allowed(filter: &Filter<'_>, keys: &[i64]) -> usize {
    match filter {
        Filter::All => keys.len(),
        Filter::Keys(set) => set.len().min(keys.len()),
        Filter::Test(test) => {
            let tried = keys.len().min(TRIED);
            // Spread over the rows without a period that the function might share.
            let at = |i: usize| {
                let fraction = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                ((u128::from(fraction) * keys.len() as u128) >> 64) as usize
            };
            let passed = (1..=tried).filter(|i| test(keys[at(*i)])).count();
            // None of those tried says only that there are few.
            (passed.max(1) as u128 * keys.len() as u128 / tried.max(1) as u128) as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(len: usize, allowed: usize, k: usize) -> Situation {
        Situation { len, allowed, filtered: allowed < len, k, row_bytes: 768, effort: Some(96) }
    }

    fn scans(situation: Situation, prefer: Prefer) -> bool {
        situation.plan(prefer).searcher == Searcher::Scan
    }

    #[test]
    fn few_vectors_are_scanned_and_many_are_not() {
        assert!(scans(situation(1_000, 1_000, 10), Prefer::Speed));
        assert!(!scans(situation(100_000, 100_000, 10), Prefer::Speed));
        assert!(scans(situation(100_000, 100_000, 10), Prefer::Exact));
        assert!(!scans(situation(1_000, 1_000, 10), Prefer::Graph));
        assert!(scans(situation(100_000, 100_000, 50_000), Prefer::Graph), "nearly all are wanted");
        assert!(scans(Situation { effort: None, ..situation(100_000, 100_000, 10) }, Prefer::Graph));
    }

    #[test]
    fn narrow_filters_are_scanned_and_wide_ones_are_not() {
        assert!(scans(situation(100_000, 10, 10), Prefer::Speed));
        assert!(scans(situation(100_000, 1_000, 10), Prefer::Speed));
        assert!(!scans(situation(100_000, 90_000, 10), Prefer::Speed));
        let plan = situation(100_000, 50_000, 10).plan(Prefer::Graph);
        assert_eq!(plan.searcher, Searcher::Graph { candidates: 288 });
        assert!(plan.why.contains("the filter allows about 50000"), "{}", plan.why);
    }

    #[test]
    fn a_function_is_tried_on_some_keys() {
        let keys: Vec<i64> = (0..100_000).collect();
        let about = allowed(&Filter::Test(&|key| key % 4 == 0), &keys);
        assert!((20_000..30_000).contains(&about), "{about}");
        assert!(allowed(&Filter::Test(&|_| false), &keys) < 1_000);
        assert_eq!(allowed(&Filter::Test(&|_| false), &[]), 0);
    }
}
