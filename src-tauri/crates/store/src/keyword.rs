//! Keyword search with FTS5.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

use cairn_core::{ContentId, Family, FileId, PassageId};
use rusqlite::{Connection, Params, Row};

use crate::contents::family_name;
use crate::files::collect;
use crate::query::{Join, KeywordQuery};
use crate::rows::PassageRow;
use crate::sql::count;
use crate::{Store, StoreError};

pub(crate) const SEARCH_PASSAGES: &str = "SELECT p.id, p.content_id, -passages_fts.rank
     FROM passages_fts CROSS JOIN passages p ON p.id = passages_fts.rowid
     WHERE passages_fts MATCH ?1 AND (?3 IS NULL OR p.content_id IN (SELECT value FROM json_each(?3)))
     ORDER BY passages_fts.rank LIMIT ?2";
pub(crate) const SEARCH_NAMES: &str = "SELECT f.id, f.content_id, -files_fts.rank
     FROM files_fts CROSS JOIN files f ON f.id = files_fts.rowid CROSS JOIN contents c ON c.id = f.content_id
     WHERE files_fts MATCH ?1 AND (?3 IS NULL OR c.family = ?3)
     AND (?4 IS NULL OR c.id IN (SELECT value FROM json_each(?4))) ORDER BY files_fts.rank LIMIT ?2";

/// As [`SEARCH_PASSAGES`] and [`SEARCH_NAMES`], among the latest that fit.
const SEARCH_LATEST_PASSAGES: &str = "SELECT p.id, p.content_id, latest.score FROM (
         SELECT passages_fts.rowid AS id, -passages_fts.rank AS score
         FROM passages_fts CROSS JOIN passages q ON q.id = passages_fts.rowid
         WHERE passages_fts MATCH ?1 AND (?3 IS NULL OR q.content_id IN (SELECT value FROM json_each(?3)))
         ORDER BY passages_fts.rowid DESC LIMIT 10000
     ) latest JOIN passages p ON p.id = latest.id ORDER BY latest.score DESC LIMIT ?2";
const SEARCH_LATEST_NAMES: &str = "SELECT f.id, f.content_id, latest.score FROM (
         SELECT files_fts.rowid AS id, -files_fts.rank AS score
         FROM files_fts CROSS JOIN files g ON g.id = files_fts.rowid CROSS JOIN contents c ON c.id = g.content_id
         WHERE files_fts MATCH ?1 AND (?3 IS NULL OR c.family = ?3)
         AND (?4 IS NULL OR c.id IN (SELECT value FROM json_each(?4))) ORDER BY files_fts.rowid DESC LIMIT 10000
     ) latest JOIN files f ON f.id = latest.id ORDER BY latest.score DESC LIMIT ?2";
/// Ranking costs a microsecond for each passage or name that fits: of what more of them hold, only the latest 10,000 are ranked, and
/// beside rarer words it does not count.
const WIDESPREAD: usize = 10_000;
const FITTING_PASSAGES: &str =
    "SELECT count(*) FROM (SELECT 1 FROM passages_fts WHERE passages_fts MATCH ?1 LIMIT ?2)";
const FITTING_NAMES: &str =
    "SELECT count(*) FROM (SELECT 1 FROM files_fts WHERE files_fts MATCH ?1 LIMIT ?2)";

// Noncharacters: no text has a reason to hold them.
const MARK: char = '\u{fdd0}';
const UNMARK: char = '\u{fdd1}';

type Found<Id> = (Id, ContentId, f32);

impl Store {
    /// Passages that hold the words, best first, with their BM25 score (positive, higher is better): first those with
    /// every word, then, up to the limit, those with some of them. Scores of the former are raised above the latter's,
    /// so that order and scores agree.
    ///
    /// Words are stemmed (English) and freed of accents; CJK words are found as sequences of two characters. `allowed`: only in
    /// these contents (see [`crate::contents_as_json`]).
    pub fn search_passages(
        &self,
        query: &KeywordQuery,
        limit: usize,
        allowed: Option<&str>,
    ) -> Result<Vec<(PassageId, ContentId, f32)>, StoreError> {
        self.database.read(|db| {
            let search = |expression: &str, limit: usize, widespread: bool| {
                let sql = if widespread { SEARCH_LATEST_PASSAGES } else { SEARCH_PASSAGES };
                found(db, sql, (expression, count(limit), allowed), PassageId)
            };
            ranked(query, "cjk", limit, search, |term| is_widespread(db, FITTING_PASSAGES, term))
        })
    }

    /// Files whose name (or else folder) holds the words, as [`Store::search_passages`] finds them. Files without a
    /// content are left out.
    pub fn search_names(
        &self,
        query: &KeywordQuery,
        family: Option<Family>,
        limit: usize,
        allowed: Option<&str>,
    ) -> Result<Vec<(FileId, ContentId, f32)>, StoreError> {
        self.database.read(|db| {
            let search = |expression: &str, limit: usize, widespread: bool| {
                let sql = if widespread { SEARCH_LATEST_NAMES } else { SEARCH_NAMES };
                found(db, sql, (expression, count(limit), family.map(family_name), allowed), FileId)
            };
            ranked(query, "words", limit, search, |term| is_widespread(db, FITTING_NAMES, term))
        })
    }

    /// The parts of passages that match words or phrases of the query: ranges of bytes in the passage's text, sorted
    /// and disjoint. Passages without any are left out.
    pub fn matches(
        &self,
        query: &KeywordQuery,
        passages: &[PassageId],
    ) -> Result<HashMap<PassageId, Vec<Range<usize>>>, StoreError> {
        let (expression, cjk) = (query.marking_expression(), query.cjk_runs());
        let Some(expression) = expression else { return Ok(HashMap::new()) };
        let passages = self.passages(passages)?;
        let marked = mark(&expression, &passages).map_err(|error| self.database.error(error))?;
        let mut all = HashMap::new();
        for passage in passages {
            let mut ranges = marked.get(&passage.id).map(|marked| ranges(marked)).unwrap_or_default();
            for run in &cjk {
                ranges.extend(passage.text.match_indices(run.as_str()).map(|(at, part)| at..at + part.len()));
            }
            if !ranges.is_empty() {
                all.insert(passage.id, disjoint(ranges));
            }
        }
        Ok(all)
    }
}

/// The texts that match, with marks. They are looked through in an index of their own, in memory: in the library's,
/// FTS5 collects everything that a beginning of a word fits before it looks at one passage.
fn mark(expression: &str, passages: &[PassageRow]) -> rusqlite::Result<HashMap<PassageId, String>> {
    let db = Connection::open_in_memory()?;
    db.execute_batch(
        "CREATE VIRTUAL TABLE texts USING fts5 (
             text, cjk, tokenize = 'porter unicode61 remove_diacritics 2'
         )",
    )?;
    let mut insert = db.prepare("INSERT OR REPLACE INTO texts (rowid, text, cjk) VALUES (?1, ?2, '')")?;
    for passage in passages {
        insert.execute((passage.id.0, &passage.text))?;
    }
    let mut marked =
        db.prepare("SELECT rowid, highlight(texts, 0, ?2, ?3) FROM texts WHERE texts MATCH ?1")?;
    let params = (expression, MARK.to_string(), UNMARK.to_string());
    marked.query_map(params, |row| Ok((PassageId(row.get(0)?), row.get(1)?)))?.collect()
}

/// Whether so much fits an expression that ranking all of it takes too long.
fn is_widespread(db: &Connection, sql: &str, expression: &str) -> rusqlite::Result<bool> {
    let fitting: i64 =
        db.prepare_cached(sql)?.query_row((expression, count(WIDESPREAD + 1)), |row| row.get(0))?;
    Ok(fitting > count(WIDESPREAD))
}

/// Every word first; some of the words where that leaves room.
fn ranked<Id: Copy + Eq + Hash>(
    query: &KeywordQuery,
    bigrams: &str,
    limit: usize,
    search: impl Fn(&str, usize, bool) -> rusqlite::Result<Vec<Found<Id>>>,
    is_widespread: impl Fn(&str) -> rusqlite::Result<bool>,
) -> rusqlite::Result<Vec<Found<Id>>> {
    let terms = query.terms(bigrams);
    let Some(every) = query.expression_of(&terms, Join::All, bigrams) else { return Ok(Vec::new()) };
    let mut best = search(&every, limit, is_widespread(&every)?)?;
    if best.len() >= limit || terms.len() < 2 {
        return Ok(best);
    }
    let mut rarer = Vec::with_capacity(terms.len());
    for term in terms {
        if !is_widespread(&term)? {
            rarer.push(term);
        }
    }
    // Without rarer words what is left is the phrases, which have all been found.
    let some = (!rarer.is_empty()).then(|| query.expression_of(&rarer, Join::Any, bigrams)).flatten();
    let Some(some) = some.filter(|some| *some != every) else { return Ok(best) };
    let known: HashSet<Id> = best.iter().map(|(id, ..)| *id).collect();
    let others = search(&some, limit + known.len(), is_widespread(&some)?)?;
    let others: Vec<Found<Id>> = others.into_iter().filter(|(id, ..)| !known.contains(id)).collect();
    if let (Some(worst), Some(other)) = (best.last(), others.first()) {
        let lift = (other.2 - worst.2).max(0.0);
        best.iter_mut().for_each(|(.., score)| *score += lift);
    }
    best.extend(others);
    best.truncate(limit);
    Ok(best)
}

fn found<Id>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    id: fn(i64) -> Id,
) -> rusqlite::Result<Vec<Found<Id>>> {
    collect(db, sql, params, |row: &Row<'_>| Ok((id(row.get(0)?), ContentId(row.get(1)?), row.get(2)?)))
}

/// The ranges between marks, in the text without them.
fn ranges(marked: &str) -> Vec<Range<usize>> {
    let (mut ranges, mut open, mut at) = (Vec::new(), None, 0);
    for c in marked.chars() {
        match c {
            MARK => open = Some(at),
            UNMARK => ranges.extend(open.take().map(|start| start..at)),
            _ => at += c.len_utf8(),
        }
    }
    ranges
}

fn disjoint(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
