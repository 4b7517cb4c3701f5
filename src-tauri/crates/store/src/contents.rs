//! What files hold.

use std::collections::HashMap;

use cairn_core::{ContentHash, ContentId, Family, FileId, Kind, PassageId};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::files::{collect, refresh_words};
use crate::rows::{ContentRow, NewContent, NewPassage, PendingFile, PhotoRow, Removed};
use crate::sql::{bad_value, count, to_i64};
use crate::{Store, StoreError, words};

pub(crate) const FIND_CONTENT: &str = "SELECT id FROM contents WHERE hash = ?1 AND pipeline = ?2";
pub(crate) const ORPHANS: &str = "SELECT id FROM contents WHERE file_id IS NULL";
pub(crate) const INSERT_CONTENT: &str = "INSERT INTO contents
     (hash, pipeline, kind, family, title, pages, width, height, taken_ms, camera, lat, lon, author,
      place, words, ocr, lang, lens)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
pub(crate) const INSERT_PASSAGE: &str = "INSERT INTO passages
     (content_id, ordinal, start_byte, end_byte, page, text, cjk) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// Ready only if the file is still as it was when it was read.
pub(crate) const GIVE_CONTENT: &str = "UPDATE files SET content_id = ?2,
     state = CASE WHEN size = ?3 AND mtime_ns = ?4 THEN 'ready' ELSE 'pending' END,
     problem_code = NULL, problem_detail = NULL, attempts = 0 WHERE id = ?1";

/// Contents deleted in one transaction: others wait no longer than that.
const DELETED_AT_ONCE: usize = 32;

impl Store {
    /// Gives the file what another file with the same bytes holds, or held a moment ago; `None` where these bytes have
    /// to be read. The file is then ready, unless it was seen changed since it was listed as pending.
    ///
    /// Fails with [`StoreError::FileGone`] where the file was forgotten meanwhile.
    pub fn link_content(
        &self,
        file: &PendingFile,
        hash: ContentHash,
        pipeline: u32,
    ) -> Result<Option<ContentId>, StoreError> {
        let (id, pending) = (file.id, file.clone());
        let linked = self.database.change(move |tx| {
            let Some(content) = find_content(tx, hash, pipeline)? else { return Ok(Some(None)) };
            Ok(give_content(tx, &pending, content)?.then_some(Some(content)))
        })?;
        linked.ok_or(StoreError::FileGone(id))
    }

    /// Stores what was read from the file, in one transaction with its passages, and gives it to the file, which is
    /// then ready, unless it was seen changed since it was listed as pending. Content that is already there is not
    /// stored again. Passages with the very words of one that the file had before keep its vectors, and so does a photo
    /// whose bytes were read by another version of the pipeline. Returns the content and its passages, in order.
    ///
    /// Fails with [`StoreError::FileGone`] where the file was forgotten meanwhile; nothing is stored then.
    pub fn put_content(
        &self,
        file: &PendingFile,
        content: NewContent,
    ) -> Result<(ContentId, Vec<PassageId>), StoreError> {
        let family = check(&content)?;
        let (id, pending) = (file.id, file.clone());
        // Outside the transaction: it takes longer than storing them.
        let bigrams: Vec<String> =
            content.passages.iter().map(|passage| words::bigrams(&passage.text)).collect();
        let stored = self.database.change(move |tx| {
            if !is_known(tx, pending.id)? {
                return Ok(None);
            }
            let (content, passages) = match find_content(tx, content.hash, content.pipeline)? {
                Some(known) => (known, passages_of(tx, known)?),
                None => {
                    let (id, passages) = insert_content(tx, &content, family, &bigrams)?;
                    match family {
                        Family::Document => inherit_passages(tx, pending.id, &content, &passages)?,
                        Family::Photo => inherit_photo(tx, &content, id)?,
                    }
                    let passages = if passages.is_empty() { passages_of(tx, id)? } else { passages };
                    (id, passages)
                }
            };
            give_content(tx, &pending, content)?;
            Ok(Some((content, passages)))
        })?;
        stored.ok_or(StoreError::FileGone(id))
    }

    /// Deletes what no file holds any more. Call it when a scan has finished reading, so that files that were moved
    /// have found their content again.
    pub fn collect_garbage(&self) -> Result<Removed, StoreError> {
        let orphans: Vec<ContentId> =
            self.database.read(|db| collect(db, ORPHANS, [], |row| Ok(ContentId(row.get(0)?))))?;
        self.delete_orphans(&orphans)
    }

    /// Deletes those of `contents` that no file holds, in small transactions.
    pub(crate) fn delete_orphans(&self, contents: &[ContentId]) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for some in contents.chunks(DELETED_AT_ONCE) {
            let some = some.to_vec();
            let (contents, passages) = self.database.change(move |tx| {
                let (mut contents, mut passages) = (Vec::new(), Vec::new());
                for id in some {
                    let its_passages = passages_of(tx, id)?;
                    let mut delete =
                        tx.prepare_cached("DELETE FROM contents WHERE id = ?1 AND file_id IS NULL")?;
                    if delete.execute([id.0])? > 0 {
                        contents.push(id);
                        passages.extend(its_passages);
                    }
                }
                Ok((contents, passages))
            })?;
            removed.contents.extend(contents);
            removed.passages.extend(passages);
        }
        Ok(removed)
    }
}

/// Refuses what would be stored but could never be shown right.
fn check(content: &NewContent) -> Result<Family, StoreError> {
    let invalid = |what: String| Err(StoreError::Invalid(what));
    let Some(family) = content.kind.family() else {
        return invalid(format!("content {} is neither document nor photo", content.hash));
    };
    let (mut start, mut end) = (0, 0);
    for passage in &content.passages {
        if passage.start.checked_add(passage.text.len()) != Some(passage.end) {
            return invalid(format!(
                "passage {}..{} of content {} has {} bytes",
                passage.start,
                passage.end,
                content.hash,
                passage.text.len()
            ));
        }
        if passage.start < start || passage.end < end {
            return invalid(format!(
                "passage {}..{} of content {} goes back",
                passage.start, passage.end, content.hash
            ));
        }
        (start, end) = (passage.start, passage.end);
    }
    Ok(family)
}

fn is_known(tx: &Transaction<'_>, file: FileId) -> rusqlite::Result<bool> {
    tx.prepare_cached("SELECT 1 FROM files WHERE id = ?1")?.exists([file.0])
}

fn find_content(
    tx: &Transaction<'_>,
    hash: ContentHash,
    pipeline: u32,
) -> rusqlite::Result<Option<ContentId>> {
    let mut find = tx.prepare_cached(FIND_CONTENT)?;
    find.query_row(params![hash.0, pipeline], |row| Ok(ContentId(row.get(0)?))).optional()
}

/// Whether the file was there to take it.
fn give_content(tx: &Transaction<'_>, file: &PendingFile, content: ContentId) -> rusqlite::Result<bool> {
    let mut give = tx.prepare_cached(GIVE_CONTENT)?;
    let given = give.execute(params![file.id.0, content.0, to_i64(file.size)?, file.mtime_ns])? > 0;
    if given {
        refresh_words(tx, file.id.0)?;
    }
    Ok(given)
}

/// What finds a content beside its text and the names of its files.
fn content_words(content: &NewContent) -> String {
    let photo = content.photo.as_ref();
    let when = photo.map_or(content.written_ms, |photo| photo.taken_ms).and_then(words::month_and_year);
    let known = [
        photo.and_then(|photo| photo.place_name.clone()),
        when,
        photo.and_then(|photo| photo.camera.clone()),
        photo.and_then(|photo| photo.lens.clone()),
        content.author.clone(),
    ];
    let all = known.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let bigrams = words::bigrams(&all);
    if bigrams.is_empty() { all } else { format!("{all} {bigrams}") }
}

fn insert_content(
    tx: &Transaction<'_>,
    content: &NewContent,
    family: Family,
    bigrams: &[String],
) -> rusqlite::Result<(ContentId, Vec<PassageId>)> {
    let photo = content.photo.as_ref();
    let place = photo.and_then(|photo| photo.place);
    tx.prepare_cached(INSERT_CONTENT)?.execute(params![
        content.hash.0,
        content.pipeline,
        content.kind.as_str(),
        family_name(family),
        content.title,
        content.pages,
        photo.map(|photo| photo.width),
        photo.map(|photo| photo.height),
        photo.map_or(content.written_ms, |photo| photo.taken_ms),
        photo.and_then(|photo| photo.camera.as_ref()),
        place.map(|(lat, _)| lat),
        place.map(|(_, lon)| lon),
        content.author,
        photo.and_then(|photo| photo.place_name.as_ref()),
        content_words(content),
        content.ocr,
        content.language,
        photo.and_then(|photo| photo.lens.as_ref()),
    ])?;
    let id = ContentId(tx.last_insert_rowid());
    Ok((id, insert_passages(tx, id, &content.passages, bigrams)?))
}

/// The passages of a content that has none yet, and the bigrams of each.
pub(crate) fn insert_passages(
    tx: &Transaction<'_>,
    content: ContentId,
    passages: &[NewPassage],
    bigrams: &[String],
) -> rusqlite::Result<Vec<PassageId>> {
    let mut insert = tx.prepare_cached(INSERT_PASSAGE)?;
    let mut ids = Vec::with_capacity(passages.len());
    for (ordinal, (passage, bigrams)) in passages.iter().zip(bigrams).enumerate() {
        insert.execute(params![
            content.0,
            count(ordinal),
            count(passage.start),
            count(passage.end),
            passage.page,
            passage.text,
            bigrams
        ])?;
        ids.push(PassageId(tx.last_insert_rowid()));
    }
    Ok(ids)
}

fn inherit_passages(
    tx: &Transaction<'_>,
    file: FileId,
    content: &NewContent,
    passages: &[PassageId],
) -> rusqlite::Result<()> {
    let sql =
        "SELECT p.text, p.id FROM files f JOIN passages p ON p.content_id = f.content_id WHERE f.id = ?1";
    let before: HashMap<String, i64> =
        collect(tx, sql, [file.0], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    for (passage, id) in content.passages.iter().zip(passages) {
        if let Some(old) = before.get(&passage.text) {
            inherit_vectors(tx, "text", *old, id.0)?;
        }
    }
    Ok(())
}

fn inherit_photo(tx: &Transaction<'_>, content: &NewContent, id: ContentId) -> rusqlite::Result<()> {
    let mut find =
        tx.prepare_cached("SELECT id FROM contents WHERE hash = ?1 AND id <> ?2 ORDER BY id DESC")?;
    let Some(old) = find.query_row(params![content.hash.0, id.0], |row| row.get::<_, i64>(0)).optional()?
    else {
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT INTO tags (space_id, content_id, word, confidence)
         SELECT space_id, ?2, word, confidence FROM tags WHERE content_id = ?1",
    )?
    .execute([old, id.0])?;
    inherit_recognised(tx, old, id)?;
    inherit_vectors(tx, "photo", old, id.0)
}

/// Text that was recognised in a photo stays, with its vectors.
fn inherit_recognised(tx: &Transaction<'_>, old: i64, id: ContentId) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE contents SET ocr = (SELECT ocr FROM contents WHERE id = ?1) WHERE id = ?2")?
        .execute([old, id.0])?;
    for passage in passages_of(tx, ContentId(old))? {
        tx.prepare_cached(
            "INSERT INTO passages (content_id, ordinal, start_byte, end_byte, page, text, cjk)
             SELECT ?2, ordinal, start_byte, end_byte, page, text, cjk FROM passages WHERE id = ?1",
        )?
        .execute([passage.0, id.0])?;
        inherit_vectors(tx, "text", passage.0, tx.last_insert_rowid())?;
    }
    Ok(())
}

/// Gives one item the vectors of another in all spaces of its kind; it waits for none of them any more.
fn inherit_vectors(tx: &Transaction<'_>, space: &str, from: i64, to: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO vectors (space_id, item_id, data)
         SELECT v.space_id, ?3, v.data FROM spaces s JOIN vectors v ON v.space_id = s.id AND v.item_id = ?2
         WHERE s.space = ?1",
    )?
    .execute(params![space, from, to])?;
    tx.prepare_cached(
        "DELETE FROM waiting WHERE item_id = ?2 AND space_id IN (
             SELECT s.id FROM spaces s JOIN vectors v ON v.space_id = s.id AND v.item_id = ?2 WHERE s.space = ?1
         )",
    )?
    .execute(params![space, to])?;
    Ok(())
}

pub(crate) fn passages_of(tx: &Transaction<'_>, content: ContentId) -> rusqlite::Result<Vec<PassageId>> {
    let sql = "SELECT id FROM passages WHERE content_id = ?1 ORDER BY ordinal";
    collect(tx, sql, [content.0], |row| Ok(PassageId(row.get(0)?)))
}

pub(crate) fn family_name(family: Family) -> &'static str {
    match family {
        Family::Document => "document",
        Family::Photo => "photo",
    }
}

pub(crate) fn kind_at(row: &Row<'_>, at: usize) -> rusqlite::Result<Kind> {
    let name = row.get_ref(at)?.as_str()?;
    Kind::from_name(name).ok_or_else(|| bad_value(at, Type::Text, format!("unknown kind of content: {name}")))
}

/// Reads id, hash, pipeline, kind, title, pages, width, height, taken_ms, camera, lat, lon, author, place, words, lens from column `at` on;
/// `None` where the id is NULL.
pub(crate) fn content_row(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ContentRow>> {
    let Some(id) = row.get(at)? else { return Ok(None) };
    let kind = kind_at(row, at + 3)?;
    let family = kind
        .family()
        .ok_or_else(|| bad_value(at + 3, Type::Text, format!("no kind of content: {}", kind.as_str())))?;
    let size: Option<(u32, u32)> = row.get::<_, Option<u32>>(at + 6)?.zip(row.get::<_, Option<u32>>(at + 7)?);
    let photo = match size {
        Some((width, height)) => Some(PhotoRow {
            width,
            height,
            taken_ms: row.get(at + 8)?,
            camera: row.get(at + 9)?,
            lens: row.get(at + 15)?,
            place: row.get::<_, Option<f64>>(at + 10)?.zip(row.get::<_, Option<f64>>(at + 11)?),
            place_name: row.get(at + 13)?,
        }),
        None => None,
    };
    Ok(Some(ContentRow {
        id: ContentId(id),
        hash: ContentHash(row.get(at + 1)?),
        pipeline: row.get(at + 2)?,
        kind,
        family,
        title: row.get(at + 4)?,
        pages: row.get(at + 5)?,
        author: row.get(at + 12)?,
        words: row.get(at + 14)?,
        written_ms: if photo.is_none() { row.get(at + 8)? } else { None },
        photo,
    }))
}
