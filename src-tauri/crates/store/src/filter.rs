//! Which files a filter allows.

use cairn_core::{ContentId, Family, FileId, Filter, FilterSubject, PassageId};
use rusqlite::Row;
use time::{Duration, OffsetDateTime};

use crate::contents::kind_at;
use crate::files::collect;
use crate::{Store, StoreError, path};

const FACTS: &str = "SELECT f.id, f.content_id, c.kind, f.name, f.path, f.size,
         coalesce(c.taken_ms, f.mtime_ns / 1000000), c.camera, c.place, c.lang
     FROM files f CROSS JOIN contents c ON c.id = f.content_id";
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

    /// The passages of contents that [`contents_as_json`] wrote.
    pub fn passages_of_contents(&self, contents: &str) -> Result<Vec<PassageId>, StoreError> {
        self.database.read(|db| collect(db, PASSAGES, [contents], |row| Ok(PassageId(row.get(0)?))))
    }
}

fn allowed(row: &Row<'_>, filter: &Filter, offset_minutes: i32) -> rusqlite::Result<Option<AllowedFile>> {
    let kind = kind_at(row, 2)?;
    let Some(family) = kind.family() else { return Ok(None) };
    let path = path::from_bytes(row.get(4)?);
    let folder = path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let date_ms: i64 = row.get(6)?;
    let offset = if family == Family::Photo { 0 } else { offset_minutes };
    let text = |at: usize| row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from);
    let subject = FilterSubject {
        kind,
        name: row.get_ref(3)?.as_str()?,
        folder: &folder,
        size: u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default(),
        date: OffsetDateTime::from_unix_timestamp(date_ms.div_euclid(1_000))
            .ok()
            .and_then(|time| time.checked_add(Duration::minutes(i64::from(offset))))
            .map(OffsetDateTime::date),
        camera: text(7)?,
        place: text(8)?,
        language: text(9)?,
    };
    let file = AllowedFile { file: FileId(row.get(0)?), content: ContentId(row.get(1)?), family, date_ms };
    Ok(filter.allows(&subject).then_some(file))
}
