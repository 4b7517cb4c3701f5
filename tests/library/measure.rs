//! Figures, not verdicts: `cargo nextest run --run-ignored only -E 'binary(library)' --no-capture`, with `CAIRN_DATA` naming a
//! folder of real documents and photos.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cairn_engine::api::JobState;

use crate::shelf::{Shelf, search};

const QUERIES: [&str; 6] = [
    "how to restore a backup",
    "two dogs running on grass",
    "invoice for the repair of the roof",
    "password",
    "children playing in water",
    "limits on the number of open files",
];
/// A person does not type faster.
const PAUSE: Duration = Duration::from_millis(100);

#[test]
#[ignore = "measures; asserts nothing about time"]
fn search_while_the_library_is_read() {
    let data = PathBuf::from(std::env::var_os("CAIRN_DATA").expect("CAIRN_DATA names no folder"));
    let shelf = Shelf::new();
    let engine = shelf.open();
    for part in ["kb", "docs", "pdfs", "photos"] {
        engine.add_path(&data.join(part)).unwrap();
    }
    let begun = Instant::now();
    let mut times = Vec::new();
    while engine.jobs().iter().any(|job| matches!(job.state, JobState::Queued | JobState::Running)) {
        let asked = Instant::now();
        search(&engine, QUERIES[times.len() % QUERIES.len()]);
        times.push(asked.elapsed());
        std::thread::sleep(PAUSE);
    }
    let status = engine.status().unwrap();
    println!(
        "{} documents, {} photos, {} passages in {:.0} s; {} files could not be read",
        status.documents,
        status.photos,
        status.passages,
        begun.elapsed().as_secs_f32(),
        status.failed
    );
    report("while reading", &mut times);
    let mut times: Vec<Duration> = (0..120)
        .map(|at| {
            let asked = Instant::now();
            search(&engine, QUERIES[at % QUERIES.len()]);
            asked.elapsed()
        })
        .collect();
    report("at rest", &mut times);
}

fn report(when: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f32| times[((times.len() - 1) as f32 * share) as usize].as_millis();
    println!(
        "search {when}: {} queries, p50 {} ms, p95 {} ms, slowest {} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
