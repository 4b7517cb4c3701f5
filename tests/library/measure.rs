//! Figures, not verdicts: `cargo nextest run --run-ignored only -E 'binary(library)' --no-capture`, with `CAIRN_DATA` naming a
//! folder of real documents and photos.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cairn_core::{ContentHash, IndexForm, KeptDims, Kind, Space, Storage};
use cairn_engine::api::{JobState, JobView, Mode, Scope};
use cairn_store::{NewContent, NewPassage, SeenFile, Store};

use crate::shelf::{Shelf, finish, search, search_for};

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

/// Documents and passages of the library that is made up, and vectors that are alike.
const DOCUMENTS: u64 = 1_000;
const PASSAGES: usize = 100;
const ALIKE: u64 = 40;

/// SplitMix64, as a number from -1 to 1.
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z >> 40) as f32) / (1u64 << 23) as f32 - 1.0
}

/// Sixty made-up words, the `n`-th commonest of 30,000 with a chance of about one in `n` (Zipf's law).
fn words(state: &mut u64) -> String {
    const SYLLABLES: [&str; 18] = [
        "ba", "co", "di", "fu", "ge", "hol", "ka", "lin", "mo", "nar", "po", "qui", "ra", "so", "ter", "vu",
        "we", "zi",
    ];
    let mut word = || {
        let share = f64::from(random(state) + 1.0) / 2.0;
        let mut rank = (30_000f64.powf(share)) as usize + 20;
        let mut word = String::new();
        while rank > 0 {
            word.push_str(SYLLABLES[rank % SYLLABLES.len()]);
            rank /= SYLLABLES.len();
        }
        word
    };
    (0..60).map(|_| word()).collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "measures; asserts nothing about time"]
fn search_while_a_person_types() {
    for documents in [10, 100, 1_000] {
        let shelf = Shelf::new();
        fill(&shelf, documents);
        let engine = shelf.open();
        finish(&engine);
        let report = cairn_engine::eval::typing(&engine, 40).unwrap();
        println!("{report:?}");
    }
}

/// Fills a library with passages whose vectors are made up: groups of vectors around centres that themselves lie in few
/// directions, as those of texts do.
pub fn fill(shelf: &Shelf, documents: u64) {
    let store = Store::open(&shelf.library()).unwrap();
    let root = store.add_root(Path::new("/not/there"), 0).unwrap().id;
    let mut state = 7;
    let directions: Vec<Vec<f32>> = (0..24).map(|_| (0..384).map(|_| random(&mut state)).collect()).collect();
    for document in 0..documents {
        let path = format!("/not/there/{document}.txt");
        let seen = SeenFile { path: path.clone().into(), size: 1, mtime_ns: 0, inode: document };
        store.record_seen(root, vec![seen]).unwrap();
        let pending = store.pending_files(1).unwrap().remove(0);
        let mut words_state = document + 1_000_003;
        let mut text =
            |at: usize| format!("Passage {at} of document {document}. {}", words(&mut words_state));
        let mut end = 0;
        let mut passage = |at: usize| {
            let (start, text) = (end, text(at));
            end = start + text.len();
            NewPassage { start, end, page: None, text }
        };
        let content = NewContent {
            hash: ContentHash(*blake3::hash(path.as_bytes()).as_bytes()),
            pipeline: 1,
            kind: Kind::Text,
            title: None,
            pages: None,
            author: None,
            written_ms: None,
            photo: None,
            ocr: None,
            language: None,
            passages: (0..PASSAGES).map(&mut passage).collect(),
        };
        let (_, ids) = store.put_content(&pending, content).unwrap();
        let mut centre_state = document % (DOCUMENTS / ALIKE) + 1;
        let weights: Vec<f32> = (0..24).map(|_| random(&mut centre_state)).collect();
        let vectors = ids.iter().map(|id| {
            let mut vector = vec![0.0f32; 384];
            for (direction, weight) in directions.iter().zip(&weights) {
                let weight = weight + 0.7 * random(&mut state);
                vector.iter_mut().zip(direction).for_each(|(x, d)| *x += weight * d);
            }
            vector.iter_mut().for_each(|x| *x += 0.5 * random(&mut state));
            cairn_core::vector::normalise(&mut vector);
            (id.0, vector)
        });
        store.put_vectors(Space::Text, "all-minilm-l6-v2", vectors.collect()).unwrap();
    }
    store.close();
}

#[test]
#[ignore = "measures; asserts nothing about time"]
fn another_form_for_a_hundred_thousand_vectors() {
    let shelf = Shelf::new();
    fill(&shelf, DOCUMENTS);
    let engine = shelf.open();
    let ask = |times: &mut Vec<Duration>| {
        let asked = Instant::now();
        search_for(&engine, QUERIES[times.len() % QUERIES.len()], Mode::Vector, Scope::Documents);
        times.push(asked.elapsed());
        std::thread::sleep(PAUSE / 2);
    };
    let begun = Instant::now();
    finish(&engine);
    println!("first index, graph included: {:.1} s", begun.elapsed().as_secs_f32());
    for (dims, storage) in [(KeptDims::D128, Storage::Int8), (KeptDims::Full, Storage::Int8)] {
        let mut times = Vec::new();
        (0..100).for_each(|_| ask(&mut times));
        report("at rest", &mut times);
        let begun = Instant::now();
        engine.choose_form(Space::Text, IndexForm { dims, storage }).unwrap();
        let (mut applied, mut times) = (None, Vec::new());
        let is_live = |job: &JobView| matches!(job.state, JobState::Queued | JobState::Running);
        while engine.jobs().iter().any(is_live) {
            ask(&mut times);
            let text = engine.status().unwrap().text;
            if applied.is_none() && (text.storage, text.dims) == (storage, dims.of(text.full_dims)) {
                applied = Some(begun.elapsed());
            }
        }
        let applied = applied.unwrap_or_else(|| begun.elapsed());
        println!(
            "{dims:?} {storage:?}: at work after {:.1} s, all done after {:.1} s",
            applied.as_secs_f32(),
            begun.elapsed().as_secs_f32()
        );
        report("while it was built", &mut times);
    }
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
