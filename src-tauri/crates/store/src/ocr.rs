//! Text that was recognised in pictures.

use std::collections::HashSet;
use std::path::PathBuf;

use cairn_core::{ContentId, PassageId};
use rusqlite::{OptionalExtension, params};

use crate::contents::{insert_passages, passages_of};
use crate::files::{RETRY, collect};
use crate::rows::NewPassage;
use crate::sql::{count, unsigned};
use crate::{Store, StoreError, path, words};

pub(crate) const UNREAD_PHOTOS: &str = "SELECT c.id, f.path FROM contents c INDEXED BY contents_unread
     CROSS JOIN files f ON f.id = c.file_id
     WHERE c.family = 'photo' AND c.ocr IS NULL AND c.file_id IS NOT NULL AND c.id > ?1 ORDER BY c.id LIMIT ?2";
pub(crate) const UNREAD_PHOTOS_COUNT: &str = "SELECT count(*) FROM contents INDEXED BY contents_unread WHERE family = 'photo' AND ocr IS NULL AND file_id IS NOT NULL";

impl Store {
    /// Photos that were not looked through for text, after this one, and a file that holds each.
    pub fn unread_photos(
        &self,
        after: ContentId,
        limit: usize,
    ) -> Result<Vec<(ContentId, PathBuf)>, StoreError> {
        self.database.read(|db| {
            collect(db, UNREAD_PHOTOS, params![after.0, count(limit)], |row| {
                Ok((ContentId(row.get(0)?), path::from_bytes(row.get(1)?)))
            })
        })
    }

    /// How many photos were not looked through for text.
    pub fn unread_photos_count(&self) -> Result<u64, StoreError> {
        self.database.read(|db| db.prepare_cached(UNREAD_PHOTOS_COUNT)?.query_row([], |row| unsigned(row, 0)))
    }

    /// How many photos have text.
    pub fn photos_with_text(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM contents c WHERE c.family = 'photo' AND c.ocr IS NOT NULL
             AND EXISTS (SELECT 1 FROM passages p WHERE p.content_id = c.id)";
        self.database.read(|db| db.prepare_cached(sql)?.query_row([], |row| unsigned(row, 0)))
    }

    /// Stores the text of a photo, which may be none. A photo that vanished meanwhile is ignored.
    pub fn put_text_of_photo(
        &self,
        photo: ContentId,
        languages: &str,
        passages: Vec<NewPassage>,
    ) -> Result<Vec<PassageId>, StoreError> {
        let languages = languages.to_owned();
        let bigrams: Vec<String> = passages.iter().map(|passage| words::bigrams(&passage.text)).collect();
        self.database.change(move |tx| {
            let mut note = tx.prepare_cached(
                "UPDATE contents SET ocr = ?2 WHERE id = ?1 AND family = 'photo' AND ocr IS NULL",
            )?;
            if note.execute(params![photo.0, languages])? == 0 {
                return Ok(Vec::new());
            }
            insert_passages(tx, photo, &passages, &bigrams)
        })
    }

    /// Forgets the text of photos that was recognised in other languages than these, so that it is looked for again. Returns
    /// the passages that went.
    pub fn forget_text_of_photos(&self, but: &str) -> Result<Vec<PassageId>, StoreError> {
        let but = but.to_owned();
        self.database.change(move |tx| {
            let others: Vec<ContentId> = collect(
                tx,
                "SELECT id FROM contents WHERE family = 'photo' AND ocr IS NOT NULL AND ocr <> ?1",
                [&but],
                |row| Ok(ContentId(row.get(0)?)),
            )?;
            let mut gone = Vec::new();
            for content in others {
                gone.extend(passages_of(tx, content)?);
                tx.prepare_cached("DELETE FROM passages WHERE content_id = ?1")?.execute([content.0])?;
                tx.prepare_cached("UPDATE contents SET ocr = NULL WHERE id = ?1")?.execute([content.0])?;
            }
            Ok(gone)
        })
    }

    /// Which of these contents are photos.
    pub fn photos_among(&self, contents: &[ContentId]) -> Result<HashSet<ContentId>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached("SELECT 1 FROM contents WHERE id = ?1 AND family = 'photo'")?;
            let mut photos = HashSet::new();
            for content in contents {
                if find.exists([content.0])? {
                    photos.insert(*content);
                }
            }
            Ok(photos)
        })
    }

    /// The languages in which the text of a content was recognised; `None`: it was not.
    pub fn recognised_in(&self, content: ContentId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT ocr FROM contents WHERE id = ?1";
        self.database.read(|db| {
            Ok(db.prepare_cached(sql)?.query_row([content.0], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Lets documents be read again in which no text was found: now their pages can be looked at. Returns how many.
    pub fn requeue_without_text(&self) -> Result<u64, StoreError> {
        let code = cairn_core::ProblemCode::NoText.as_str();
        self.database
            .change(move |tx| Ok(tx.execute(&format!("{RETRY} AND problem_code = ?1"), [code])? as u64))
    }
}
