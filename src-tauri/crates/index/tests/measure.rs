//! What shorter forms cost, and how many candidates make up for it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use cairn_index::{Filter, Places, Rows, Storage, VectorIndex, cost};
use common::texts;

const DIMS: usize = 64;

fn full(n: usize) -> Rows {
    let mut rows = Rows::new(DIMS, Storage::F32).unwrap();
    for (key, vector) in texts(n, DIMS, 1).iter().enumerate() {
        rows.put(key as i64, vector).unwrap();
    }
    rows
}

#[test]
fn as_many_candidates_as_were_measured_reach_the_target() {
    let full = full(3_000);
    let queries = full.queries_between(60);
    assert_eq!((queries.len(), queries.clone()), (60, full.queries_between(60)));
    let forms = [
        (64, Storage::F32),
        (64, Storage::Int8),
        (16, Storage::F16),
        (64, Storage::Binary),
        (16, Storage::Binary),
    ];
    let mut rescored = 0;
    let costs = forms
        .map(|form| cost(&full, &queries, form, (2_000, 0.99), |_, keys| rescored += keys.len()).unwrap());
    assert_eq!(rescored, costs.iter().map(|cost| cost.candidates * queries.len()).sum::<usize>());
    for cost in &costs {
        println!("{cost:?}");
        assert!(cost.rescored_recall >= 0.99 && cost.recall <= cost.rescored_recall);
        assert!((10..=2_000).contains(&cost.candidates) && cost.p50_ms <= cost.p95_ms);
    }
    assert_eq!((costs[0].recall, costs[0].candidates), (1.0, 10));
    assert!(costs[1].candidates < costs[3].candidates && costs[3].candidates < costs[4].candidates);
    let few = cost(&full, &queries, forms[4], (20, 0.99), |_, _| {}).unwrap();
    assert!(few.candidates == 20 && few.rescored_recall < 0.99, "{few:?}");
    // The same by hand.
    let mut short = Rows::new(16, Storage::F16).unwrap();
    for (key, vector) in texts(3_000, DIMS, 1).iter().enumerate() {
        short.put(key as i64, &vector[..16]).unwrap();
    }
    let mut found = 0;
    for query in &queries {
        let near = short.scan(&short.query(&query[..16]).unwrap(), costs[2].candidates, &Filter::All, 1);
        let exact = full.query(query).unwrap();
        let after = full.best_of(&exact, near.iter().map(|hit| hit.key), 10);
        let right = full.scan(&exact, 10, &Filter::All, 1);
        found += after.iter().filter(|hit| right.contains(hit)).count();
    }
    assert!((found as f32 / 600.0 - costs[2].rescored_recall).abs() < 0.01, "{found}");
}

#[test]
fn places_tell_recall() {
    let full = full(100);
    let queries = full.queries_between(4);
    let exact = |query: &[f32], k: usize| Ok(full.scan(&full.query(query)?, k, &Filter::All, 1));
    let all = Places::find(&full, &queries, exact).unwrap();
    assert_eq!(
        (all.recall(10), all.recall(5), all.candidates(1.0), all.candidates(0.1)),
        (1.0, 0.5, Some(10), Some(10))
    );
    let none = Places::find(&full, &queries, |_, _| Ok(Vec::new())).unwrap();
    assert_eq!((none.recall(10), none.candidates(0.5)), (0.0, None));
    let nothing = Places::find(&full, &[], exact).unwrap();
    assert_eq!((nothing.recall(10), nothing.candidates(0.99)), (1.0, Some(10)));
}

#[test]
fn the_graph_is_asked_for_as_many_candidates_as_it_needs() {
    let index = VectorIndex::new(DIMS, Storage::F16).unwrap();
    assert_eq!(index.calibrate(0.99).unwrap().recall, 1.0);
    for (key, vector) in texts(5_000, DIMS, 2).iter().enumerate() {
        index.add(key as i64, vector).unwrap();
    }
    let (little, much) = (index.calibrate(0.5).unwrap(), index.calibrate(0.99).unwrap());
    assert!(much.recall >= 0.99 && little.candidates <= much.candidates, "{little:?} {much:?}");
    let bits = VectorIndex::new(DIMS, Storage::Binary).unwrap();
    bits.add(1, &[1.0; DIMS]).unwrap();
    assert_eq!(bits.calibrate(0.99).unwrap().recall, 1.0);
}

#[test]
fn sizes_are_estimated() {
    let near = |estimate: u64, real: u64| (0.8..1.25).contains(&(estimate as f64 / real as f64));
    let folder = tempfile::tempdir().unwrap();
    let forms = [
        (500, 64, Storage::F32),
        (16_000, 64, Storage::Int8),
        (2_000, 384, Storage::F16),
        (16_000, 384, Storage::F16),
        (16_000, 384, Storage::Binary),
    ];
    for (n, dims, storage) in forms {
        let index = VectorIndex::new(dims, storage).unwrap();
        let vectors = texts(n, dims, 1);
        index.reserve(vectors.len()).unwrap();
        for (key, vector) in vectors.iter().enumerate() {
            index.add(key as i64, vector).unwrap();
        }
        let estimate = VectorIndex::estimate(dims, storage, vectors.len() as u64, true);
        let memory = index.memory_bytes() as u64;
        let disk = index.save(&folder.path().join("a.index"), &common::stamp(1)).unwrap();
        println!("{dims} {storage:?}: {estimate:?}, {memory} in memory, {disk} on disk");
        assert!(near(estimate.memory_bytes, memory) && near(estimate.disk_bytes, disk));
    }
}
