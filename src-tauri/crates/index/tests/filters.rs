//! No filter loses a result: the planner's answers beside plain arithmetic, from one vector in ten thousand to all.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::collections::HashSet;

use cairn_index::{Filter, KeySet, Prefer, Search, Searcher, Storage, VectorIndex};
use common::{Random, brute_force, keys, texts};

fn filled(vectors: &[Vec<f32>], storage: Storage) -> VectorIndex {
    let index = VectorIndex::new(vectors[0].len(), storage).unwrap();
    index.reserve(vectors.len()).unwrap();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(vector) = vectors.get(i) else { break };
                    index.add(i as i64, vector).unwrap();
                }
            });
        }
    });
    index
}

#[test]
fn a_hundred_thousand_vectors_under_every_filter() {
    const K: usize = 10;
    let all = texts(100_010, 24, 1);
    let (vectors, queries) = all.split_at(100_000);
    let index = filled(vectors, Storage::F32);
    let calibration = index.calibrate(0.995).unwrap();
    println!("{calibration:?}");
    for share in [0.0, 0.0001, 0.0005, 0.001, 0.01, 0.03, 0.1, 0.3, 0.7, 1.0] {
        let mut random = Random(2);
        let allowed: Vec<i64> = (0..100_000).filter(|_| f64::from(random.unit()) < share).collect();
        let set: KeySet = allowed.iter().copied().collect();
        let test = |key: i64| set.contains(key);
        let (mut found, mut wanted) = (0, 0);
        for query in queries {
            let right = brute_force(allowed.iter().map(|key| (*key, &vectors[*key as usize])), query, K);
            for (filter, prefer) in [
                (Filter::Keys(&set), Prefer::Speed),
                (Filter::Test(&test), Prefer::Speed),
                (Filter::Keys(&set), Prefer::Graph),
                (Filter::Keys(&set), Prefer::Exact),
            ] {
                let answer = index.find(&Search { filter, prefer, ..Search::new(query, K) }).unwrap();
                assert_eq!(answer.hits.len(), right.len(), "{share} {filter:?}: {}", answer.plan.why);
                assert!(answer.hits.iter().all(|hit| set.contains(hit.key)));
                assert!(answer.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
                let same: HashSet<i64> = keys(&right).into_iter().collect();
                let hits = answer.hits.iter().filter(|hit| same.contains(&hit.key)).count();
                if answer.plan.searcher == Searcher::Scan {
                    assert_eq!(hits, right.len(), "a scan finds them all: {share} {filter:?}");
                }
                found += hits;
                wanted += right.len();
            }
        }
        let recall = found as f32 / wanted.max(1) as f32;
        println!("share {share}: {} allowed, recall {recall:.4}", allowed.len());
        assert!(wanted == 0 || recall >= 0.985, "share {share}: recall {recall}");
    }
}

#[test]
fn scans_agree_with_plain_arithmetic_in_every_storage() {
    let all = texts(3_030, 100, 3);
    let (vectors, queries) = all.split_at(3_000);
    let numbered = || vectors.iter().enumerate().map(|(i, vector)| (i as i64, vector));
    for (storage, least, error) in [
        (Storage::F32, 1.0, 1e-5),
        (Storage::F16, 0.99, 1e-3),
        (Storage::Int8, 0.95, 1e-2),
        (Storage::Binary, 0.25, 0.5),
    ] {
        let mut rows = cairn_index::Rows::new(100, storage).unwrap();
        for (key, vector) in numbered() {
            assert!(rows.put(key, vector).unwrap());
        }
        let mut found = 0;
        for query in queries {
            let right = brute_force(numbered(), query, 10);
            let form = rows.query(query).unwrap();
            let one = rows.scan(&form, 10, &Filter::All, 1);
            assert_eq!(one, rows.scan(&form, 10, &Filter::All, 3), "threads do not change the answer");
            assert_eq!(one, rows.best_of(&form, 0..3_000, 10));
            for hit in &one {
                let exact = cairn_core::vector::cosine(query, &vectors[hit.key as usize]);
                assert!((hit.score - exact).abs() < error, "{storage:?} {hit:?} {exact}");
            }
            let same: HashSet<i64> = keys(&right).into_iter().collect();
            found += one.iter().filter(|hit| same.contains(&hit.key)).count();
        }
        let recall = found as f32 / 300.0;
        println!("{storage:?}: recall@10 {recall}");
        assert!(recall >= least, "{storage:?}: {recall}");
    }
}

#[test]
fn any_prefix_of_floats_can_be_compared() {
    let all = texts(501, 64, 4);
    let (vectors, query) = (&all[..500], &all[500]);
    for storage in [Storage::F32, Storage::F16] {
        let mut rows = cairn_index::Rows::new(64, storage).unwrap();
        for (i, vector) in vectors.iter().enumerate() {
            rows.put(i as i64, vector).unwrap();
        }
        for dims in [1, 7, 16, 33, 63, 64] {
            let cut: Vec<Vec<f32>> = vectors.iter().map(|vector| vector[..dims].to_vec()).collect();
            let numbered = cut.iter().enumerate().map(|(i, vector)| (i as i64, vector));
            let right = brute_force(numbered, &query[..dims], 5);
            let hits = rows.scan(&rows.query(&query[..dims]).unwrap(), 5, &Filter::All, 1);
            for (hit, right) in hits.iter().zip(&right) {
                assert!((hit.score - right.score).abs() < 2e-3, "{storage:?} {dims}: {hit:?} {right:?}");
            }
        }
    }
    let rows = cairn_index::Rows::new(64, Storage::Int8).unwrap();
    assert!(rows.query(&query[..32]).is_err(), "integers are scaled by the whole vector");
    assert!(rows.query(&[]).is_err());
}
