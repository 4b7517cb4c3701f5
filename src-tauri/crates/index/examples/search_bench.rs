//! The index under a stopwatch, for `tests/bench/search.py`: reads commands, one a line, and answers each with one
//! line of JSON, so that the script can run it and other libraries by turns.
//!
//! ```text
//! load VECTORS QUERIES DIMS         files of little-endian f32, one vector after another
//! rows NAME DIMS STORAGE            rows of prefixes of that length
//! index NAME DIMS STORAGE THREADS   rows and graph
//! calibrate NAME TARGET             candidates that reach this recall@10 on the index's own vectors
//! scan NAME FROM TO K THREADS       queries FROM..TO by a scan
//! graph NAME FROM TO K CANDIDATES   by the graph, with so many candidates
//! find NAME FROM TO K SHARE         as planned, where only this share of the vectors is allowed
//! scan_rescore NAME FULL FROM TO K FETCH THREADS   by a scan of NAME; FETCH candidates are scored again by FULL
//! graph_rescore NAME FULL FROM TO K CANDIDATES FETCH   as before, by the graph of NAME
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::HashMap;
use std::io::BufRead;
use std::time::Instant;

use cairn_index::{Filter, Hit, KeySet, Prefer, Rows, Search, Storage, VectorIndex};

#[derive(Default)]
struct Bench {
    dims: usize,
    vectors: Vec<f32>,
    queries: Vec<f32>,
    rows: HashMap<String, Rows>,
    indexes: HashMap<String, VectorIndex>,
}

fn main() {
    let mut bench = Bench::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        println!("{}", bench.answer(&words));
    }
}

fn floats(path: &str) -> Vec<f32> {
    cairn_core::vector::from_bytes(&std::fs::read(path).unwrap()).unwrap()
}

fn number(word: &str) -> usize {
    word.parse().unwrap()
}

fn storage(name: &str) -> Storage {
    Storage::ALL.into_iter().find(|storage| storage.name() == name).unwrap()
}

impl Bench {
    fn answer(&mut self, words: &[&str]) -> serde_json::Value {
        match *words {
            ["load", vectors, queries, dims] => {
                (self.vectors, self.queries, self.dims) = (floats(vectors), floats(queries), number(dims));
                serde_json::json!({"vectors": self.vectors.len() / self.dims, "queries": self.queries.len() / self.dims})
            }
            ["rows", name, dims, kind] => self.build_rows(name, number(dims), storage(kind)),
            ["index", name, dims, kind, threads] => {
                self.build_index(name, number(dims), storage(kind), number(threads))
            }
            ["calibrate", name, target] => {
                let start = Instant::now();
                let found = self.indexes[name].calibrate(target.parse().unwrap()).unwrap();
                serde_json::json!({"candidates": found.candidates, "recall": found.recall, "seconds": start.elapsed().as_secs_f64()})
            }
            ["scan", name, from, to, k, threads] => {
                let (rows, k, threads) = (&self.rows[name], number(k), number(threads));
                self.timed(rows.dims(), from, to, |query| {
                    let query = rows.query(query).unwrap();
                    (rows.scan(&query, k, &Filter::All, threads), String::new())
                })
            }
            ["graph", name, from, to, k, candidates] => {
                let (index, k) = (&self.indexes[name], number(k));
                index.set_effort(number(candidates));
                self.timed(index.dims(), from, to, |query| {
                    let found =
                        index.find(&Search { prefer: Prefer::Graph, ..Search::new(query, k) }).unwrap();
                    (found.hits, found.plan.why)
                })
            }
            ["find", name, from, to, k, share] => {
                self.find(name, from, to, number(k), share.parse().unwrap())
            }
            ["scan_rescore", name, full, from, to, k, fetch, threads] => {
                let (rows, full, k, fetch) = (&self.rows[name], &self.rows[full], number(k), number(fetch));
                let threads = number(threads);
                self.timed(self.dims, from, to, |query| {
                    let short = rows.query(&query[..rows.dims()]).unwrap();
                    let near = rows.scan(&short, fetch, &Filter::All, threads).into_iter().map(|hit| hit.key);
                    (full.best_of(&full.query(query).unwrap(), near, k), String::new())
                })
            }
            ["graph_rescore", name, full, from, to, k, candidates, fetch] => {
                let (index, full, k, fetch) =
                    (&self.indexes[name], &self.rows[full], number(k), number(fetch));
                index.set_effort(number(candidates));
                self.timed(self.dims, from, to, |query| {
                    let search =
                        Search { prefer: Prefer::Graph, ..Search::new(&query[..index.dims()], fetch) };
                    let found = index.find(&search).unwrap();
                    let near = found.hits.into_iter().map(|hit| hit.key);
                    (full.best_of(&full.query(query).unwrap(), near, k), found.plan.why)
                })
            }
            _ => serde_json::json!({"error": format!("what is {words:?}?")}),
        }
    }

    fn vector(&self, i: usize, dims: usize) -> &[f32] {
        &self.vectors[i * self.dims..][..dims]
    }

    fn build_rows(&mut self, name: &str, dims: usize, storage: Storage) -> serde_json::Value {
        let start = Instant::now();
        let count = self.vectors.len() / self.dims;
        let mut rows = Rows::new(dims, storage).unwrap();
        rows.reserve(count);
        for i in 0..count {
            rows.put(i as i64, self.vector(i, dims)).unwrap();
        }
        let answer =
            serde_json::json!({"seconds": start.elapsed().as_secs_f64(), "bytes": rows.memory_bytes()});
        self.rows.insert(name.to_owned(), rows);
        answer
    }

    fn build_index(
        &mut self,
        name: &str,
        dims: usize,
        storage: Storage,
        threads: usize,
    ) -> serde_json::Value {
        let start = Instant::now();
        let count = self.vectors.len() / self.dims;
        let index = VectorIndex::new(dims, storage).unwrap();
        index.reserve(count).unwrap();
        let next = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if i >= count {
                            break;
                        }
                        index.add(i as i64, self.vector(i, dims)).unwrap();
                    }
                });
            }
        });
        let answer =
            serde_json::json!({"seconds": start.elapsed().as_secs_f64(), "bytes": index.memory_bytes()});
        self.indexes.insert(name.to_owned(), index);
        answer
    }

    /// Every `1 / share`-th key is allowed, in no order that the vectors know of.
    fn find(&self, name: &str, from: &str, to: &str, k: usize, share: f64) -> serde_json::Value {
        let index = &self.indexes[name];
        let allowed =
            |key: i64| ((key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as f64) < share * u64::MAX as f64;
        let keys: KeySet = index.keys().into_iter().filter(|key| allowed(*key)).collect();
        let filter = if share >= 1.0 { Filter::All } else { Filter::Keys(&keys) };
        let mut answer = self.timed(index.dims(), from, to, |query| {
            let found = index.find(&Search { filter, ..Search::new(query, k) }).unwrap();
            (found.hits, found.plan.why)
        });
        answer["allowed"] = keys.keys().into();
        answer
    }

    fn timed(
        &self,
        dims: usize,
        from: &str,
        to: &str,
        search: impl Fn(&[f32]) -> (Vec<Hit>, String),
    ) -> serde_json::Value {
        let (mut microseconds, mut keys, mut why) = (Vec::new(), Vec::new(), String::new());
        for i in number(from)..number(to) {
            let query = &self.queries[i * self.dims..][..dims];
            let start = Instant::now();
            let (hits, said) = search(query);
            microseconds.push(start.elapsed().as_secs_f64() * 1e6);
            keys.push(hits.into_iter().map(|hit| hit.key).collect::<Vec<i64>>());
            why = said;
        }
        serde_json::json!({"microseconds": microseconds, "keys": keys, "why": why})
    }
}
