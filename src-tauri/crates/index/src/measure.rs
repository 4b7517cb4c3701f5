//! Recall, memory and speed of both storages: `cargo test -p cairn-index measure -- --ignored --nocapture`.
//! `CAIRN_VECTORS` may name a file of little-endian `f32` rows of 384 dimensions to use instead of made-up ones.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::Instant;

use cairn_core::vector::cosine;
use usearch::ScalarKind;

use super::VectorIndex;

const DIMS: usize = 384;

/// Rows in clouds whose centres lie in clouds, with most of the spread in few directions, as sentence embeddings
/// have it.
fn made_up(n: usize) -> Vec<Vec<f32>> {
    let mut state = 1u64;
    let mut normal = move || {
        let mut sum = 0.0;
        for _ in 0..6 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
        }
        sum
    };
    let mut point = |around: Option<&Vec<f32>>, width: f32| -> Vec<f32> {
        (0..DIMS).map(|i| around.map_or(0.0, |a| a[i]) + width * normal() / (1.0 + i as f32 / 40.0)).collect()
    };
    let subjects: Vec<Vec<f32>> = (0..40).map(|_| point(None, 1.0)).collect();
    let documents: Vec<Vec<f32>> = (0..n / 20 + 1).map(|i| point(Some(&subjects[i % 40]), 0.8)).collect();
    (0..n).map(|i| point(Some(&documents[i * 7919 % documents.len()]), 0.6)).collect()
}

fn rows(n: usize) -> Vec<Vec<f32>> {
    let Ok(path) = std::env::var("CAIRN_VECTORS") else { return made_up(n) };
    let flat = cairn_core::vector::from_bytes(&std::fs::read(path).unwrap()).unwrap();
    flat.chunks_exact(DIMS).take(n).map(<[f32]>::to_vec).collect()
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

#[test]
#[ignore = "measures; minutes long"]
fn measure() {
    let sizes = std::env::var("CAIRN_SIZES").unwrap_or_else(|_| "10000".into());
    for size in sizes.split(',').map(|size| size.parse::<usize>().unwrap()) {
        let all = rows(size + 200);
        let (vectors, queries) = all.split_at(all.len() - 200);
        let lines: Vec<f32> = queries.iter().map(|query| tenth_cosine(vectors, query)).collect();
        for storage in [ScalarKind::F32, ScalarKind::F16] {
            report(vectors, queries, &lines, storage);
        }
    }
}

/// The cosine of the tenth nearest vector: whatever is as near is as right, so that copies do not count as misses.
fn tenth_cosine(vectors: &[Vec<f32>], query: &[f32]) -> f32 {
    let mut cosines: Vec<f32> = vectors.iter().map(|vector| cosine(vector, query)).collect();
    *cosines.select_nth_unstable_by(9, |a, b| b.total_cmp(a)).1
}

fn report(vectors: &[Vec<f32>], queries: &[Vec<f32>], lines: &[f32], storage: ScalarKind) {
    let before = resident();
    let start = Instant::now();
    let index = VectorIndex::with_storage(DIMS, storage).unwrap();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let index = &index;
            scope.spawn(move || {
                for (i, vector) in vectors.iter().enumerate().skip(thread).step_by(threads) {
                    index.add(i as i64, vector).unwrap();
                }
            });
        }
    });
    let build = start.elapsed();
    let resident = resident().saturating_sub(before);
    let timed = |search: &dyn Fn(&[f32]) -> Vec<super::Hit>| {
        let start = Instant::now();
        let found: usize = queries
            .iter()
            .zip(lines)
            .map(|(query, line)| {
                let right = |hit: &&super::Hit| cosine(&vectors[hit.key as usize], query) >= line - 1e-6;
                search(query).iter().filter(right).count()
            })
            .sum();
        (found as f64 / (10 * queries.len()) as f64, start.elapsed() / queries.len() as u32)
    };
    let (graph_recall, graph) = timed(&|query| index.nearest(query, 10, false).unwrap());
    let (scan_recall, scan) = timed(&|query| index.nearest(query, 10, true).unwrap());
    println!(
        "{:>6} x {DIMS} {storage:?}: recall@10 graph {graph_recall:.4} scan {scan_recall:.4} (against f32); \
         memory {:.1} MB by its count, {:.1} MB resident; build {build:.2?} on {threads} threads = {:.0} scans; \
         search {graph:.1?}, scan {scan:.1?}",
        vectors.len(),
        index.memory_bytes() as f64 / 1e6,
        resident as f64 / 1e6,
        build.as_secs_f64() / scan.as_secs_f64(),
    );
}
