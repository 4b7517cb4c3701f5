//! Many operations in random order, beside a model in memory: the same answers at every moment.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use cairn_index::{Filter, Prefer, Search, Storage, VectorIndex};
use common::{Random, brute_force, keys, stamp, unit};

const DIMS: usize = 16;
const KEYS: usize = 1_500;

fn run(operations: usize, storage: Storage, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    let mut random = Random(seed);
    let mut model: BTreeMap<i64, Vec<f32>> = BTreeMap::new();
    let mut saved: Option<BTreeMap<i64, Vec<f32>>> = None;
    let mut index = VectorIndex::new(DIMS, storage).unwrap();
    for operation in 0..operations {
        // Some below zero; never -1, which is taken.
        let key = 3 * random.below(KEYS) as i64 - 500;
        let vector: Vec<f32> = (0..DIMS).map(|_| random.unit() - 0.5).collect();
        match random.below(1_000) {
            0..500 => {
                index.add(key, &vector).unwrap();
                model.insert(key, unit(&vector));
            }
            500..850 => assert_eq!(index.remove(key).unwrap(), model.remove(&key).is_some(), "{operation}"),
            850..990 => check(&index, &model, &vector, &mut random),
            990..995 => {
                index.save(&path, &stamp(operation as u64)).unwrap();
                saved = Some(model.clone());
            }
            _ => {
                // A crash: what was not saved is lost, what was is there.
                if let Some(saved) = &saved {
                    model = saved.clone();
                    let (loaded, read) = VectorIndex::load(&path).unwrap().unwrap();
                    assert_eq!(read.count, model.len() as u64);
                    index = loaded;
                }
            }
        }
        assert_eq!(index.len(), model.len(), "{operation}");
        assert_eq!(index.contains(key), model.contains_key(&key), "{operation}");
    }
    let every = index.search_exact(&[1.0; DIMS], KEYS).unwrap();
    let mut every = keys(&every);
    every.sort_unstable();
    assert_eq!(every, model.keys().copied().collect::<Vec<_>>());
}

fn check(index: &VectorIndex, model: &BTreeMap<i64, Vec<f32>>, query: &[f32], random: &mut Random) {
    let modulus = 1 + random.below(20) as i64;
    let test = |key: i64| key % modulus == 0;
    let allowed = || model.iter().filter(|(key, _)| test(**key)).map(|(key, vector)| (*key, vector));
    let right = brute_force(allowed(), query, 5);
    let filter = Filter::Test(&test);
    let exact = index.find(&Search { filter, prefer: Prefer::Exact, ..Search::new(query, 5) }).unwrap();
    assert_eq!(exact.hits.len(), right.len());
    for (hit, right) in exact.hits.iter().zip(&right) {
        // Two vectors that are about as near may change places.
        assert!((hit.score - right.score).abs() < 0.02, "{hit:?} {right:?}");
    }
    let graph = index.find(&Search { filter, prefer: Prefer::Graph, ..Search::new(query, 5) }).unwrap();
    assert_eq!(graph.hits.len(), right.len(), "{}", graph.plan.why);
    for hit in &graph.hits {
        let vector = model.get(&hit.key).filter(|_| test(hit.key)).unwrap();
        let cosine = cairn_core::vector::cosine(query, vector);
        assert!((hit.score - cosine).abs() < 0.02, "{hit:?} {cosine}");
    }
}

#[test]
fn the_index_and_a_model_agree() {
    run(14_000, Storage::F16, 1);
    run(4_000, Storage::Int8, 2);
    run(2_000, Storage::F32, 3);
}

#[test]
#[ignore = "a million operations: minutes"]
fn a_million_operations() {
    run(1_000_000, Storage::F16, 4);
}
