//! Reading under a stopwatch, for `tests/bench/ingest.py`: reads commands, one a line, and answers each with one line of JSON.
//!
//! ```text
//! extract FILE OUT     reads a file as the worker does, and writes its text to OUT
//! walk FOLDER          lists and hashes every file below, as a scan does
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use cairn_core::Control;
use cairn_ingest::{Extracted, Found, Request, Rules, extract, hash_file, walk};

fn main() {
    // Deeply nested files get a deep stack, as in the worker.
    let reader = std::thread::Builder::new().stack_size(64 << 20).spawn(serve).unwrap();
    reader.join().unwrap();
}

fn serve() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split('\t').collect();
        let answer = match *words {
            ["extract", file, out] => extracted(Path::new(file), Path::new(out)),
            ["walk", folder] => walked(Path::new(folder)),
            _ => serde_json::json!({ "error": format!("what is {words:?}?") }),
        };
        println!("{answer}");
    }
}

fn extracted(file: &Path, out: &Path) -> serde_json::Value {
    let start = Instant::now();
    let read = std::panic::catch_unwind(|| extract(file, &Request::default()));
    let seconds = start.elapsed().as_secs_f64();
    match read {
        Ok(Ok(Extracted::Document(document))) => {
            std::fs::write(out, document.text).unwrap();
            serde_json::json!({ "seconds": seconds })
        }
        Ok(Ok(Extracted::Photo(_))) => serde_json::json!({ "seconds": seconds, "error": "a picture" }),
        Ok(Err(problem)) => serde_json::json!({ "seconds": seconds, "error": problem.detail }),
        Err(_) => serde_json::json!({ "seconds": seconds, "error": "its reader gave up" }),
    }
}

fn walked(folder: &Path) -> serde_json::Value {
    let control = Control::new();
    let rules = Rules::default();
    let start = Instant::now();
    let mut files = Vec::new();
    let end = walk(folder, &rules.below(folder), &control, &mut |found| {
        if let Found::File(seen) = found {
            files.push(seen.path);
        }
    });
    end.unwrap();
    let listed = start.elapsed().as_secs_f64();
    for file in &files {
        hash_file(file, &control).ok().unwrap();
    }
    serde_json::json!({ "files": files.len(), "listed": listed, "seconds": start.elapsed().as_secs_f64() })
}
