//! How quick search is while a person types, on the library as it is.

use std::time::Instant;

use cairn_insight::metrics::percentile;
use cairn_insight::words::{is_stop_word, words};
use serde::Serialize;

use crate::api::SearchRequest;
use crate::engine::Engine;
use crate::error::EngineError;

/// Words of a query that is typed.
const WORDS: usize = 3;
/// Results asked for, as the window does.
const LIMIT: usize = 50;
/// The search box asks from so many characters on.
const SHORTEST: usize = 2;

/// Milliseconds from a keystroke to the results.
#[derive(Debug, Clone, Serialize)]
pub struct TypingReport {
    /// Passages of the library.
    pub passages: u64,
    /// Photos of the library.
    pub photos: u64,
    /// Queries typed.
    pub queries: usize,
    /// Searches: one for each character typed.
    pub keystrokes: usize,
    /// Half of them took less.
    pub p50_ms: f64,
    /// 95 of 100 took less.
    pub p95_ms: f64,
    /// The slowest.
    pub slowest_ms: f64,
    /// Bytes of memory that the process holds, the mapped weights of models included; `None` where the system does not tell.
    pub memory_bytes: Option<u64>,
}

/// Types queries of three words that stand beside each other somewhere in the library, character by character, and waits for the
/// results of each.
///
/// # Errors
/// When a search fails, or there is nothing to search.
pub fn typing(engine: &Engine, queries: usize) -> Result<TypingReport, EngineError> {
    let typed: Vec<String> = engine
        .inner
        .store
        .sample_of_passages(queries)?
        .iter()
        .filter_map(|text| telling_words(text))
        .collect();
    if typed.is_empty() {
        return Err(EngineError::user("There is no text in the library to search for."));
    }
    let mut times = Vec::new();
    for query in &typed {
        let ends = query.char_indices().map(|(at, character)| at + character.len_utf8());
        for end in ends.skip(SHORTEST - 1) {
            let request = SearchRequest::words(&query[..end], LIMIT);
            let started = Instant::now();
            engine.search(&request)?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    let status = engine.status()?;
    Ok(TypingReport {
        passages: status.passages,
        photos: status.photos,
        queries: typed.len(),
        keystrokes: times.len(),
        p50_ms: percentile(&times, 50.0),
        p95_ms: percentile(&times, 95.0),
        slowest_ms: percentile(&times, 100.0),
        memory_bytes: memory_bytes(),
    })
}

/// The first words of a text that say something.
fn telling_words(text: &str) -> Option<String> {
    let telling: Vec<&str> =
        words(text).map(|range| &text[range]).filter(|word| !is_stop_word(word)).take(WORDS).collect();
    (!telling.is_empty()).then(|| telling.join(" "))
}

#[cfg(target_os = "linux")]
fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(not(target_os = "linux"))]
fn memory_bytes() -> Option<u64> {
    None
}
