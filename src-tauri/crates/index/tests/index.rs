//! The index as the engine uses it: one set of keys and vectors, whatever threads, crashes and bad files do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn_index::{Hit, IndexError, Prefer, Search, Searcher, Stamp, Storage, VectorIndex};
use common::sealed;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Vectors in clouds around random centres, as passages of one subject lie.
fn clouds(n: usize, dims: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = Random(seed);
    let centres: Vec<Vec<f32>> =
        (0..n / 50 + 1).map(|_| (0..dims).map(|_| random.unit() - 0.5).collect()).collect();
    let mut around = |centre: usize| -> Vec<f32> {
        centres[centre].iter().map(|c| c + 0.8 * (random.unit() - 0.5)).collect()
    };
    (0..n).map(|i| around(i % centres.len())).collect()
}

fn stamp(generation: u64) -> Stamp {
    Stamp {
        space: "text".into(),
        model: "tiny".into(),
        full_dims: 384,
        dims: 16,
        storage: Storage::F16,
        rotation: Some("ab".into()),
        rescored: 10,
        fitted_on: 0,
        generation,
        count: 0,
    }
}

fn filled(vectors: &[Vec<f32>]) -> VectorIndex {
    let index = VectorIndex::new(vectors[0].len(), Storage::F16).unwrap();
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < vectors.len())
                {
                    index.add(i as i64, &vectors[i]).unwrap();
                }
            });
        }
    });
    index
}

fn keys(hits: &[Hit]) -> Vec<i64> {
    hits.iter().map(|hit| hit.key).collect()
}

/// By the graph, however small the index is.
fn by_graph(index: &VectorIndex, query: &[f32], k: usize) -> Vec<Hit> {
    index.find(&Search { prefer: Prefer::Graph, ..Search::new(query, k) }).unwrap().hits
}

fn recall(index: &VectorIndex, queries: &[Vec<f32>]) -> f32 {
    let mut found = 0;
    for query in queries {
        let exact: HashSet<i64> = keys(&index.search_exact(query, 10).unwrap()).into_iter().collect();
        found += keys(&by_graph(index, query, 10)).iter().filter(|key| exact.contains(key)).count();
    }
    found as f32 / (10 * queries.len()) as f32
}

#[test]
fn add_replace_remove_search() {
    let index = VectorIndex::new(3, Storage::F16).unwrap();
    assert_eq!(index.search(&[1.0, 0.0, 0.0], 5).unwrap(), []);
    index.add(-7, &[2.0, 0.0, 0.0]).unwrap();
    index.add(8, &[0.0, 3.0, 0.0]).unwrap();
    index.add(i64::MAX, &[1.0, 1.0, 0.0]).unwrap();
    let hits = index.search(&[10.0, 0.0, 0.0], 5).unwrap();
    assert_eq!(keys(&hits), [-7, i64::MAX, 8]);
    for (hit, cosine) in hits.iter().zip([1.0, 0.5f32.sqrt(), 0.0]) {
        assert!((hit.score - cosine).abs() < 1e-3, "{hit:?}");
    }
    index.add(8, &[4.0, 0.1, 0.0]).unwrap();
    assert_eq!((index.len(), keys(&index.search(&[1.0, 0.1, 0.0], 1).unwrap())), (3, vec![8]));
    assert!(index.remove(8).unwrap() && !index.remove(8).unwrap());
    assert_eq!((index.len(), index.contains(8), index.contains(-7)), (2, false, true));
    assert_eq!(keys(&index.search(&[0.0, 1.0, 0.0], 9).unwrap()), [i64::MAX, -7]);
    assert!(index.memory_bytes() > 0 && index.dims() == 3 && !index.is_empty());
}

#[test]
fn bad_vectors_are_refused_with_the_reason() {
    assert!(matches!(VectorIndex::new(0, Storage::F16), Err(IndexError::Shape(0))));
    let index = VectorIndex::new(2, Storage::F16).unwrap();
    assert!(matches!(index.add(1, &[1.0]), Err(IndexError::Dimensions { expected: 2, got: 1 })));
    assert!(matches!(index.search(&[1.0; 3], 1), Err(IndexError::Dimensions { expected: 2, got: 3 })));
    assert!(matches!(index.add(1, &[1.0, f32::NAN]), Err(IndexError::NotFinite(_))));
    assert!(matches!(index.add(-1, &[1.0, 0.0]), Err(IndexError::ReservedKey(-1))));
    assert!(index.is_empty());
    // Far beyond what 16 bits hold, and nothing at all.
    index.add(1, &[3e38, 0.0]).unwrap();
    index.add(2, &[0.0, 1e-38]).unwrap();
    index.add(3, &[0.0, 0.0]).unwrap();
    let hits = index.search(&[0.0, 1e30], 3).unwrap();
    assert_eq!(hits[0].key, 2);
    assert!((hits[0].score - 1.0).abs() < 1e-3 && hits.iter().all(|hit| hit.score.is_finite()), "{hits:?}");
}

#[test]
fn the_graph_finds_what_the_scan_finds() {
    let all = clouds(6_200, 96, 1);
    let (vectors, queries) = all.split_at(6_000);
    let index = filled(vectors);
    let recall = recall(&index, queries);
    assert!(recall >= 0.99, "recall@10 {recall}");
    let many = by_graph(&index, &queries[0], 300);
    assert_eq!(many.len(), 300);
    assert!(many.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(index.search(&queries[0], 10_000).unwrap().len(), 6_000);
}

#[test]
fn churn_loses_nothing_and_removed_keys_never_return() {
    let all = clouds(9_200, 64, 2);
    let (vectors, rest) = all.split_at(6_000);
    let (fresh, queries) = rest.split_at(3_000);
    let index = filled(vectors);
    assert_eq!(index.churn(), 0.0);
    // Half of the index goes, new vectors come under new keys.
    for (i, vector) in fresh.iter().enumerate() {
        assert!(index.remove(2 * i as i64).unwrap());
        index.add(10_000 + i as i64, vector).unwrap();
    }
    assert_eq!((index.len(), index.churn()), (6_000, 0.5));
    let expected: HashSet<i64> = (0..3_000).flat_map(|i| [2 * i + 1, 10_000 + i]).collect();
    for exact in [false, true] {
        for query in queries.iter().take(50) {
            let hits =
                if exact { index.search_exact(query, 40).unwrap() } else { by_graph(&index, query, 40) };
            assert!(hits.len() == 40 && hits.iter().all(|hit| expected.contains(&hit.key)));
        }
    }
    let recall = recall(&index, queries);
    assert!(recall >= 0.97, "recall@10 after churn {recall}");
    let every = index.search_exact(&queries[0], 6_000).unwrap();
    assert_eq!(keys(&every).into_iter().collect::<HashSet<_>>(), expected);
}

#[test]
fn eight_threads_at_once() {
    let vectors = clouds(6_000, 24, 3);
    let index = VectorIndex::new(24, Storage::F16).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8usize {
            let (index, vectors) = (&index, &vectors);
            scope.spawn(move || {
                let mut random = Random(thread as u64);
                for (i, vector) in vectors.iter().enumerate().skip(thread).step_by(8) {
                    index.add(i as i64, vector).unwrap();
                    match random.below(4) {
                        0 => assert!(index.remove(i as i64).unwrap()),
                        1 => index.add(i as i64, &vectors[random.below(6_000)]).unwrap(),
                        2 => {
                            let hits = index.search(vector, 10).unwrap();
                            assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
                        }
                        _ => assert!(index.contains(i as i64)),
                    }
                }
            });
        }
    });
    let alive: HashSet<i64> = (0..6_000).filter(|i| index.contains(*i)).collect();
    assert_eq!(alive.len(), index.len());
    let every = index.search_exact(&vectors[0], 6_000).unwrap();
    assert_eq!(keys(&every).into_iter().collect::<HashSet<_>>(), alive);
}

#[test]
fn two_threads_adding_one_key_leave_one_vector() {
    let index = VectorIndex::new(8, Storage::F16).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let index = &index;
            scope.spawn(move || {
                let mut random = Random(thread);
                for key in 0..300 {
                    let vector: Vec<f32> = (0..8).map(|_| random.unit()).collect();
                    index.add(key, &vector).unwrap();
                }
            });
        }
    });
    assert_eq!(index.len(), 300);
    assert_eq!(index.search_exact(&[1.0; 8], 1_000).unwrap().len(), 300);
}

#[test]
fn a_snapshot_is_the_same_index() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    let all = clouds(5_100, 16, 4);
    let (vectors, queries) = all.split_at(5_000);
    let index = filled(vectors);
    for key in 0..100 {
        index.remove(key).unwrap();
    }
    let bytes = index.save(&path, &stamp(42)).unwrap();
    assert_eq!(bytes, std::fs::metadata(&path).unwrap().len());
    let (loaded, read) = VectorIndex::load(&path).unwrap().unwrap();
    assert_eq!(read, Stamp { count: 4_900, ..stamp(42) });
    assert_eq!((loaded.len(), loaded.dims(), loaded.churn()), (4_900, 16, index.churn()));
    for query in queries {
        assert_eq!(loaded.search(query, 10).unwrap(), index.search(query, 10).unwrap());
        assert_eq!(by_graph(&loaded, query, 10), by_graph(&index, query, 10));
    }
    // A loaded index takes up removed places and grows like any other.
    for (key, vector) in vectors.iter().enumerate() {
        loaded.add(20_000 + key as i64, vector).unwrap();
    }
    assert_eq!(loaded.len(), 9_900);
    assert_eq!(loaded.search_exact(&queries[0], 20_000).unwrap().len(), 9_900);
    assert!(recall(&loaded, queries) >= 0.99);
    // Saving over it leaves nothing else behind.
    loaded.save(&path, &stamp(43)).unwrap();
    assert_eq!(VectorIndex::load(&path).unwrap().unwrap().1, Stamp { count: 9_900, ..stamp(43) });
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn an_empty_index_and_an_absent_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("empty.index");
    assert!(VectorIndex::load(&path).unwrap().is_none());
    VectorIndex::new(16, Storage::F16).unwrap().save(&path, &stamp(1)).unwrap();
    let (loaded, read) = VectorIndex::load(&path).unwrap().unwrap();
    assert_eq!((loaded.len(), read), (0, stamp(1)));
    loaded.add(5, &[1.0; 16]).unwrap();
    assert_eq!(keys(&loaded.search(&[1.0; 16], 3).unwrap()), [5]);
    let nowhere = dir.path().join("absent").join("x.index");
    let error = VectorIndex::new(16, Storage::F16).unwrap().save(&nowhere, &stamp(1)).unwrap_err();
    assert!(error.to_string().contains("x.index"), "{error}");
    assert!(VectorIndex::load(dir.path()).is_err(), "a folder is not a snapshot, and the disk says why");
}

#[test]
fn no_damaged_file_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    filled(&clouds(200, 16, 5)).save(&path, &stamp(1)).unwrap();
    let good = std::fs::read(&path).unwrap();
    let loads = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        VectorIndex::load(&path).unwrap().is_some()
    };
    assert!(loads(&good));
    let mut random = Random(6);
    for _ in 0..400 {
        let mut bad = good.clone();
        match random.below(4) {
            0 => bad.truncate(random.below(good.len())),
            1 => bad.extend((0..=random.below(64)).map(|i| i as u8)),
            2 => {
                let at = random.below(bad.len());
                bad[at] ^= 1 << random.below(8);
            }
            // The header, where a wrong length would hurt.
            _ => bad[random.below(56)] ^= 1 + random.below(255) as u8,
        }
        assert!(!loads(&bad));
    }
    for length in 0..70 {
        assert!(!loads(&good[..length]));
    }
    for _ in 0..100 {
        let noise: Vec<u8> = (0..random.below(4_096)).map(|_| random.next() as u8).collect();
        assert!(!loads(&noise));
    }
}

/// Whole and hashed like ours, but with something else inside.
#[test]
fn a_well_formed_file_with_a_foreign_payload_is_not_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    filled(&clouds(200, 16, 7)).save(&path, &stamp(1)).unwrap();
    let good = std::fs::read(&path).unwrap();
    let head_length = u32::from_le_bytes(good[12..16].try_into().unwrap()) as usize;
    let (head, payload) = good[56..].split_at(head_length);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let loads = |head: &str, payload: &[u8]| {
        std::fs::write(&path, sealed(head.as_bytes(), payload)).unwrap();
        VectorIndex::load(&path).unwrap().is_some()
    };
    assert!(loads(&head, payload));
    for (from, to) in
        [("\"dims\":16", "\"dims\":17"), ("\"dims\":16", "\"dims\":0"), ("\"count\":200", "\"count\":201")]
    {
        assert!(head.contains(from) && !loads(&head.replace(from, to), payload), "{to}");
    }
    assert!(!loads("{}", payload) && !loads("", &[]) && !loads(&head, b"not an index"));
}

#[test]
fn saving_while_others_add_and_search() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    let vectors = clouds(3_000, 16, 8);
    let index = VectorIndex::new(16, Storage::F16).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (i, vector) in vectors.iter().enumerate() {
                index.add(i as i64, vector).unwrap();
                index.search(vector, 3).unwrap();
            }
            done.store(true, Ordering::Release);
        });
        let mut last = 0;
        while !done.load(Ordering::Acquire) {
            index.save(&path, &stamp(1)).unwrap();
            let (loaded, read) = VectorIndex::load(&path).unwrap().unwrap();
            assert!(loaded.len() as u64 == read.count && read.count >= last);
            last = read.count;
        }
    });
}

/// A second process saves over and over; it is killed at a random moment. Whatever the moment, the file is the
/// last whole snapshot.
#[cfg(unix)]
#[test]
fn a_kill_leaves_a_whole_snapshot() {
    const CHILD: &str = "CAIRN_INDEX_SAVE_TO";
    if let Some(path) = std::env::var_os(CHILD) {
        let index = filled(&clouds(2_000, 64, 9));
        for generation in 1.. {
            index.save(Path::new(&path), &stamp(generation)).unwrap();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    let mut random = Random(10);
    for _ in 0..12 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["a_kill_leaves_a_whole_snapshot", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while !path.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::thread::sleep(std::time::Duration::from_micros(random.next() % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let (index, read) = VectorIndex::load(&path).unwrap().expect("a whole snapshot");
        assert_eq!((index.len(), read.count, index.dims()), (2_000, 2_000, 64));
    }
    // What the kills left behind is gone after the next snapshot.
    VectorIndex::load(&path).unwrap().unwrap().0.save(&path, &stamp(0)).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn vectors_that_are_put_are_found_at_once_and_linked_later() {
    let vectors = clouds(6_000, 32, 9);
    let index = VectorIndex::new(32, Storage::F16).unwrap();
    for (key, vector) in vectors.iter().enumerate() {
        index.put(key as i64, vector).unwrap();
    }
    let found = index.find(&Search { prefer: Prefer::Graph, ..Search::new(&vectors[7], 10) }).unwrap();
    assert!(matches!(found.plan.searcher, Searcher::Scan) && !index.is_linked(), "{:?}", found.plan);
    assert_eq!(found.hits[0].key, 7);

    // A snapshot without a graph is whole all the same.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.index");
    index.save(&path, &stamp(1)).unwrap();
    let (index, _) = VectorIndex::load(&path).unwrap().unwrap();
    assert!(!index.is_linked() && index.len() == 6_000);

    // Linked while others add, replace and remove.
    let more = clouds(500, 32, 10);
    std::thread::scope(|scope| {
        let linking = scope.spawn(|| index.link(2, &|| true));
        for (key, vector) in more.iter().enumerate() {
            index.add(10_000 + key as i64, vector).unwrap();
            index.add(5_000 + key as i64, vector).unwrap();
            assert!(index.remove(key as i64).unwrap());
        }
        linking.join().unwrap().unwrap();
    });
    assert!(index.is_linked() && index.len() == 6_000);
    let queries: Vec<Vec<f32>> = more.iter().step_by(10).cloned().collect();
    assert!(recall(&index, &queries) >= 0.99);

    // Stopped, it goes on later; what was replaced without linking is linked again.
    index.put(600, &vectors[1]).unwrap();
    index.put(601, &vectors[2]).unwrap();
    assert!(!index.is_linked());
    index.link(1, &|| false).unwrap();
    assert!(!index.is_linked());
    index.link(1, &|| true).unwrap();
    assert!(index.is_linked());
    assert_eq!(by_graph(&index, &vectors[1], 1)[0].key, 600);
    index.save(&path, &stamp(2)).unwrap();
    assert!(VectorIndex::load(&path).unwrap().unwrap().0.is_linked());
}
