//! The text of documents, as passages and put together again.

use std::collections::HashMap;

use cairn_core::{ContentId, PassageId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::files::collect;
use crate::rows::{Neighbours, PassageRow, TextWindow};
use crate::sql::{count, size};
use crate::{Store, StoreError};

const PASSAGE_ROW: &str = "SELECT id, content_id, ordinal, start_byte, end_byte, page, text FROM passages";

/// The last passage that begins at or before a byte. Neither starts nor ends go back, so none before it reaches
/// further.
pub(crate) const PASSAGE_AT: &str = "SELECT ordinal FROM passages WHERE content_id = ?1 AND start_byte <= ?2
     ORDER BY start_byte DESC, id DESC LIMIT 1";
pub(crate) const PASSAGES_FROM: &str = "SELECT id, content_id, ordinal, start_byte, end_byte, page, text
     FROM passages WHERE content_id = ?1 AND ordinal >= ?2 ORDER BY ordinal";
pub(crate) const TEXT_END: &str =
    "SELECT end_byte FROM passages WHERE content_id = ?1 ORDER BY ordinal DESC LIMIT 1";

impl Store {
    /// Passages in the order asked for; those that are not there are left out.
    pub fn passages(&self, ids: &[PassageId]) -> Result<Vec<PassageRow>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached(&format!("{PASSAGE_ROW} WHERE id = ?1"))?;
            let found =
                ids.iter().filter_map(|id| find.query_row([id.0], passage_row).optional().transpose());
            found.collect::<rusqlite::Result<Vec<_>>>()
        })
    }

    /// All passages of a document, in order.
    pub fn passages_of(&self, content: ContentId) -> Result<Vec<PassageRow>, StoreError> {
        self.database.read(|db| collect(db, PASSAGES_FROM, [content.0, 0], passage_row))
    }

    /// The texts of up to `count` passages, spread over the library.
    pub fn sample_of_passages(&self, count: usize) -> Result<Vec<String>, StoreError> {
        self.database.read(|db| {
            let bounds = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?));
            let (first, last) = db.query_row("SELECT min(id), max(id) FROM passages", [], bounds)?;
            let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
            let mut next =
                db.prepare_cached("SELECT id, text FROM passages WHERE id >= ?1 ORDER BY id LIMIT 1")?;
            let (mut texts, mut from) = (Vec::with_capacity(count), first);
            let step = ((last - first) / i64::try_from(count.max(1)).unwrap_or(i64::MAX)).max(1);
            while from <= last && texts.len() < count {
                let (id, text): (i64, String) =
                    next.query_row([from], |row| Ok((row.get(0)?, row.get(1)?)))?;
                texts.push(text);
                from = (from + step).max(id + 1);
            }
            Ok(texts)
        })
    }

    /// The document of each passage. Passages that are not there are left out.
    pub fn passage_owners(&self, ids: &[PassageId]) -> Result<HashMap<PassageId, ContentId>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached("SELECT content_id FROM passages WHERE id = ?1")?;
            let mut owners = HashMap::with_capacity(ids.len());
            for id in ids {
                if let Some(content) = find.query_row([id.0], |row| row.get(0)).optional()? {
                    owners.insert(*id, ContentId(content));
                }
            }
            Ok(owners)
        })
    }

    /// What stands before and after a passage; `None` where it is not there.
    pub fn neighbours(&self, passage: PassageId) -> Result<Option<Neighbours>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached("SELECT content_id, ordinal FROM passages WHERE id = ?1")?;
            let place: Option<(i64, u32)> =
                find.query_row([passage.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((content, ordinal)) = place else { return Ok(None) };
            let mut at =
                db.prepare_cached("SELECT id FROM passages WHERE content_id = ?1 AND ordinal = ?2")?;
            let mut at =
                |ordinal: i64| at.query_row([content, ordinal], |row| Ok(PassageId(row.get(0)?))).optional();
            let (previous, next) = (at(i64::from(ordinal) - 1)?, at(i64::from(ordinal) + 1)?);
            let last: u32 = db
                .prepare_cached("SELECT max(ordinal) FROM passages WHERE content_id = ?1")?
                .query_row([content], |row| row.get(0))?;
            Ok(Some(Neighbours { previous, next, ordinal, count: last.saturating_add(1) }))
        })
    }

    /// The bytes `[from, to)` of a document's text, put together from the passages they lie in; white space between
    /// passages may differ from the original in kind, not in length. Both ends move outwards to the nearest
    /// character and inwards to the end of the text. A content without passages has an empty text.
    pub fn text_window(&self, content: ContentId, from: usize, to: usize) -> Result<TextWindow, StoreError> {
        self.database.read(|db| text_window(db, content, from, to))
    }
}

fn text_window(db: &Connection, content: ContentId, from: usize, to: usize) -> rusqlite::Result<TextWindow> {
    let end = db.prepare_cached(TEXT_END)?.query_row([content.0], |row| size(row, 0)).optional()?;
    let total = end.unwrap_or(0);
    let from = from.min(total);
    let to = to.clamp(from, total);
    let first: Option<i64> =
        db.prepare_cached(PASSAGE_AT)?.query_row([content.0, count(from)], |row| row.get(0)).optional()?;
    // One earlier, to know whether the first begins a page.
    let first = first.map_or(0, |ordinal| (ordinal - 1).max(0));
    let mut window = TextWindow { start: from, end: from, total, ..TextWindow::default() };
    let mut page_before = None;
    let mut statement = db.prepare_cached(PASSAGES_FROM)?;
    for passage in statement.query_map([content.0, first], passage_row)? {
        let passage = passage?;
        if passage.start >= to {
            break;
        }
        if let Some(page) = passage.page.filter(|page| Some(*page) != page_before)
            && passage.start >= from
        {
            window.page_starts.push((page, passage.start));
        }
        page_before = passage.page.or(page_before);
        append(&mut window, &passage, to);
    }
    fill(&mut window, to);
    Ok(window)
}

/// Adds what of the passage lies between the window's end and `to`.
fn append(window: &mut TextWindow, passage: &PassageRow, to: usize) {
    if passage.end <= window.end {
        return;
    }
    fill(window, passage.start);
    let text = &passage.text;
    let from = text.floor_char_boundary(window.end - passage.start);
    let until = text.ceil_char_boundary(to.min(passage.end) - passage.start);
    if window.text.is_empty() {
        window.start = passage.start + from;
    }
    window.text.push_str(&text[from..until]);
    window.end = passage.start + until;
}

/// White space up to byte `to`: a space where one character is missing, else the end of a paragraph.
fn fill(window: &mut TextWindow, to: usize) {
    let missing = to.saturating_sub(window.end);
    let breaks = if missing >= 2 { "\n\n" } else { "" };
    window.text.push_str(breaks);
    window.text.extend(std::iter::repeat_n(' ', missing - breaks.len()));
    window.end += missing;
}

fn passage_row(row: &Row<'_>) -> rusqlite::Result<PassageRow> {
    Ok(PassageRow {
        id: PassageId(row.get(0)?),
        content: ContentId(row.get(1)?),
        ordinal: row.get(2)?,
        start: size(row, 3)?,
        end: size(row, 4)?,
        page: row.get(5)?,
        text: row.get(6)?,
    })
}
