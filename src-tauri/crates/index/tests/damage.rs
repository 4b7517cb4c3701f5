//! Files that nobody wrote: whatever is at the path, loading ends in an index that works or in none.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use cairn_index::{Prefer, Search, Storage, VectorIndex};
use common::{Random, sealed, stamp, texts};

const DIMS: usize = 20;
const COUNT: usize = 600;
/// Magic, version, two lengths, hash.
const PREFIX: usize = 56;

fn snapshot(storage: Storage, path: &Path) -> Vec<u8> {
    let index = VectorIndex::new(DIMS, storage).unwrap();
    for (key, vector) in texts(COUNT, DIMS, 1).iter().enumerate() {
        index.add(key as i64, vector).unwrap();
    }
    for key in 0..50 {
        index.remove(key).unwrap();
    }
    index.save(path, &stamp(1)).unwrap();
    std::fs::read(path).unwrap()
}

/// Head and payload of a snapshot.
fn parts(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = u32::from_le_bytes(file[12..16].try_into().unwrap()) as usize;
    (file[PREFIX..PREFIX + head].to_vec(), file[PREFIX + head..].to_vec())
}

fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bad = bytes.to_vec();
    match random.below(6) {
        0 => bad.truncate(random.below(bad.len())),
        1 => bad.extend((0..=random.below(200)).map(|_| 0x5a)),
        2 => {
            let at = random.below(bad.len());
            bad[at] ^= 1 << random.below(8);
        }
        3 => {
            for _ in 0..20 {
                let at = random.below(bad.len());
                bad[at] = random.next() as u8;
            }
        }
        4 => {
            // Four bytes that mean a huge number, or none.
            let at = random.below(bad.len() - 4);
            bad[at..at + 4].fill([0, 0x7f, 0x80, 0xff][random.below(4)]);
        }
        _ => {
            let (from, to) = (random.below(bad.len()), random.below(bad.len()));
            let length = random.below(300).min(bad.len() - from.max(to));
            bad.copy_within(from..from + length, to);
        }
    }
    bad
}

/// An index that came out of a file must answer, take and give back vectors, and save itself.
fn works(index: &VectorIndex, path: &Path, queries: &[Vec<f32>]) {
    for query in queries {
        for prefer in [Prefer::Graph, Prefer::Exact] {
            let hits = index.find(&Search { prefer, ..Search::new(query, 30) }).unwrap().hits;
            assert!(hits.iter().all(|hit| hit.score.is_finite() && index.contains(hit.key)), "{hits:?}");
        }
    }
    let exact = index.search_exact(&queries[0], usize::MAX).unwrap();
    assert_eq!(exact.len(), index.len());
    for key in 1_000..1_040 {
        index.add(key, &queries[key as usize % queries.len()]).unwrap();
        assert!(index.remove(key - 20).is_ok());
    }
    index.save(path, &stamp(2)).unwrap();
    assert!(VectorIndex::load(path).unwrap().is_some());
}

#[test]
fn a_damaged_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    for storage in Storage::ALL {
        let good = snapshot(storage, &path);
        let mut random = Random(2);
        for _ in 0..150 {
            let bad = damaged(&good, &mut random);
            std::fs::write(&path, &bad).unwrap();
            assert_eq!(VectorIndex::load(&path).unwrap().is_some(), bad == good);
        }
    }
}

/// The hash protects against the disk. This is about what the hash was made over: a mistake of ours, another version,
/// another's ill will.
#[test]
fn a_file_that_is_sealed_over_damage_cannot_crash_us() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("text.index"), dir.path().join("other.index"));
    let queries = texts(8, DIMS, 3);
    for storage in Storage::ALL {
        let (head, payload) = parts(&snapshot(storage, &path));
        let mut random = Random(4);
        let (mut taken, mut refused) = (0, 0);
        for round in 0..400 {
            let (mut bad_head, mut bad_payload) = (head.clone(), payload.clone());
            if round % 5 == 0 {
                bad_head = damaged(&head, &mut random);
            } else {
                bad_payload = damaged(&payload, &mut random);
            }
            std::fs::write(&path, sealed(&bad_head, &bad_payload)).unwrap();
            match VectorIndex::load(&path).unwrap() {
                Some((index, _)) => {
                    works(&index, &other, &queries);
                    taken += 1;
                }
                None => refused += 1,
            }
        }
        assert!(taken > 0 && refused > 100, "{storage:?}: {taken} taken, {refused} refused");
    }
}

/// The graph's own numbers, one at a time: lengths, levels, links.
#[test]
fn links_that_lead_nowhere_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.index");
    let (head, payload) = parts(&snapshot(Storage::Int8, &path));
    let text = String::from_utf8(head.clone()).unwrap();
    let rows: usize = text.split("\"rows_length\":").nth(1).unwrap().trim_end_matches('}').parse().unwrap();
    // Counts, vectors, head, then five numbers, levels, nodes.
    let nodes = u32::from_le_bytes(payload[rows..rows + 4].try_into().unwrap()) as usize;
    let numbers = rows + 8 + nodes * DIMS + 64;
    let first = numbers + 40 + 2 * nodes;
    let loads = |at: usize, bytes: &[u8]| {
        let mut payload = payload.clone();
        payload[at..at + bytes.len()].copy_from_slice(bytes);
        std::fs::write(&path, sealed(&head, &payload)).unwrap();
        VectorIndex::load(&path).unwrap().is_some()
    };
    assert!(loads(rows, &payload[rows..rows + 4]));
    for (what, at, bytes) in [
        ("nodes", rows, &[1, 0, 0, 0][..]),
        ("length of a vector", rows + 4, &[21, 0, 0, 0]),
        ("nodes of the graph", numbers, &[0xff; 8]),
        ("connectivity", numbers + 8, &[3, 0, 0, 0, 0, 0, 0, 0]),
        ("connectivity of the base", numbers + 16, &[0; 8]),
        ("highest level", numbers + 24, &[0xff; 8]),
        ("entry", numbers + 32, &[0xff, 0xff, 0, 0, 0, 0, 0, 0]),
        ("level in the list", numbers + 40, &[9, 0]),
        ("key", first, &[0x11; 8]),
        ("level of the node", first + 8, &[7, 0]),
        ("number of links", first + 10, &[65, 0, 0, 0]),
        ("a link", first + 14, &[0xff, 0xff, 0, 0]),
    ] {
        assert!(!loads(at, bytes), "{what}");
    }
}

/// What is on the disk after a kill in each step of saving.
#[test]
fn every_step_of_saving_leaves_a_whole_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let (path, temporary) = (dir.path().join("text.index"), dir.path().join("text.index.tmp"));
    let old = snapshot(Storage::F16, &path);
    let index = VectorIndex::new(DIMS, Storage::F16).unwrap();
    index.add(7, &[1.0; DIMS]).unwrap();
    let new = {
        index.save(&dir.path().join("new"), &stamp(2)).unwrap();
        std::fs::read(dir.path().join("new")).unwrap()
    };
    // Made, partly written, written but not renamed.
    for written in [0, 1, PREFIX, PREFIX + 20, new.len() - 1, new.len()] {
        std::fs::write(&path, &old).unwrap();
        std::fs::write(&temporary, &new[..written]).unwrap();
        assert_eq!(VectorIndex::load(&path).unwrap().unwrap().1.generation, 1, "{written}");
        index.save(&path, &stamp(2)).unwrap();
        assert_eq!(VectorIndex::load(&path).unwrap().unwrap().1.generation, 2);
        assert!(!temporary.exists());
    }
}
