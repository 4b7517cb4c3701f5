//! Which files a filter allows.

use cairn_core::{ContentId, Family, FileId, Filter, FilterSubject, Kind, PassageId};
use rusqlite::Row;
use time::{Date, Duration, OffsetDateTime};

use crate::contents::kind_at;
use crate::files::collect;
use crate::query::{Join, KeywordQuery};
use crate::rows::FileRow;
use crate::sql::unsigned;
use crate::{Store, StoreError, path};

const FACTS: &str = "SELECT f.id, f.content_id, c.kind, f.name, f.path, f.size,
         coalesce(c.taken_ms, f.mtime_ns / 1000000), c.camera, c.place, c.lang
     FROM files f CROSS JOIN contents c ON c.id = f.content_id";
pub(crate) const UNREAD: &str =
    "SELECT f.id, f.name, f.path, f.size, f.mtime_ns / 1000000 FROM files f WHERE f.content_id IS NULL";
pub(crate) const UNREAD_NAMED: &str = "SELECT f.id, f.name, f.path, f.size, f.mtime_ns / 1000000
     FROM files_fts CROSS JOIN files f ON f.id = files_fts.rowid
     WHERE files_fts MATCH ?1 AND f.content_id IS NULL ORDER BY files_fts.rank";
/// Passages of the contents in an array of JSON.
const PASSAGES: &str = "SELECT p.id FROM json_each(?1) allowed
     CROSS JOIN passages p INDEXED BY passages_by_start ON p.content_id = allowed.value";

/// A file that a filter allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllowedFile {
    /// The file.
    pub file: FileId,
    /// What it holds.
    pub content: ContentId,
    /// Document or photo.
    pub family: Family,
    /// When it was taken or written, or else changed, in milliseconds since 1970.
    pub date_ms: i64,
}

/// Contents in the form in which [`Store::search_passages`] and [`Store::search_names`] take them: an array of JSON.
pub fn contents_as_json(contents: impl IntoIterator<Item = ContentId>) -> String {
    let ids: Vec<String> = contents.into_iter().map(|content| content.0.to_string()).collect();
    format!("[{}]", ids.join(","))
}

impl Store {
    /// Every file with a content that the filter allows, oldest in the library first. Days are those of a clock that is
    /// `offset_minutes` ahead of UTC; the clock of a camera is taken as it is.
    pub fn files_allowed(
        &self,
        filter: &Filter,
        offset_minutes: i32,
    ) -> Result<Vec<AllowedFile>, StoreError> {
        let found =
            self.database.read(|db| collect(db, FACTS, [], |row| allowed(row, filter, offset_minutes)))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Files of which nothing is known but name, folder, size and time, since they were not read yet or cannot be read: those whose name
    /// or folder holds every word, the best first, or, without words, the newest first; and which the filter allows.
    pub fn unread_files(
        &self,
        query: &KeywordQuery,
        filter: &Filter,
        offset_minutes: i32,
        limit: usize,
    ) -> Result<Vec<FileRow>, StoreError> {
        let words = query.expression(Join::All, "words");
        let mut found: Vec<(FileId, i64)> = self.database.read(|db| {
            let read = |row: &Row<'_>| unread(row, filter, offset_minutes);
            let found = match &words {
                Some(words) => collect(db, UNREAD_NAMED, [words], read)?,
                None => collect(db, UNREAD, [], read)?,
            };
            Ok(found.into_iter().flatten().collect())
        })?;
        if words.is_none() {
            found.sort_by_key(|(file, date_ms)| (std::cmp::Reverse(*date_ms), *file));
        }
        found.truncate(limit);
        self.files_by_ids(&found.into_iter().map(|(file, _)| file).collect::<Vec<_>>())
    }

    /// The passages of contents that [`contents_as_json`] wrote.
    pub fn passages_of_contents(&self, contents: &str) -> Result<Vec<PassageId>, StoreError> {
        self.database.read(|db| collect(db, PASSAGES, [contents], |row| Ok(PassageId(row.get(0)?))))
    }
}

fn allowed(row: &Row<'_>, filter: &Filter, offset_minutes: i32) -> rusqlite::Result<Option<AllowedFile>> {
    let kind = kind_at(row, 2)?;
    let Some(family) = kind.family() else { return Ok(None) };
    let folder = folder_of(row, 4)?;
    let date_ms: i64 = row.get(6)?;
    let text = |at: usize| row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from);
    let subject = FilterSubject {
        kind,
        name: row.get_ref(3)?.as_str()?,
        folder: &folder,
        size: unsigned(row, 5)?,
        date: day(date_ms, if family == Family::Photo { 0 } else { offset_minutes }),
        camera: text(7)?,
        place: text(8)?,
        language: text(9)?,
    };
    let file = AllowedFile { file: FileId(row.get(0)?), content: ContentId(row.get(1)?), family, date_ms };
    Ok(filter.allows(&subject).then_some(file))
}

/// A file that was not read, with its time, where the filter allows it.
fn unread(row: &Row<'_>, filter: &Filter, offset_minutes: i32) -> rusqlite::Result<Option<(FileId, i64)>> {
    let (name, folder) = (row.get_ref(1)?.as_str()?, folder_of(row, 2)?);
    let date_ms: i64 = row.get(4)?;
    let subject = FilterSubject {
        kind: Kind::of_file_name(name),
        name,
        folder: &folder,
        size: unsigned(row, 3)?,
        date: day(date_ms, offset_minutes),
        camera: None,
        place: None,
        language: None,
    };
    Ok(filter.allows(&subject).then_some((FileId(row.get(0)?), date_ms)))
}

fn folder_of(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    let path = path::from_bytes(row.get(at)?);
    Ok(path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default())
}

/// The day on a clock that is so many minutes ahead of UTC.
fn day(date_ms: i64, offset_minutes: i32) -> Option<Date> {
    let moment = OffsetDateTime::from_unix_timestamp(date_ms.div_euclid(1_000)).ok()?;
    Some(moment.checked_add(Duration::minutes(i64::from(offset_minutes)))?.date())
}
