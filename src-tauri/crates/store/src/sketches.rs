//! Sketches of documents, by which nearly equal texts are found.

use std::collections::HashMap;

use cairn_core::ContentId;
use rusqlite::{OptionalExtension, params};

use crate::files::collect;
use crate::sql::count;
use crate::{Store, StoreError};

pub(crate) const UNSKETCHED: &str =
    "SELECT id FROM contents WHERE family = 'document' AND sketched = 0 LIMIT ?1";
/// Of contents that a file holds.
const ALL: &str = "SELECT s.content_id, s.sketch FROM sketches s JOIN contents c ON c.id = s.content_id
     WHERE s.sketch IS NOT NULL AND c.file_id IS NOT NULL ORDER BY s.content_id";

impl Store {
    /// Documents of which no sketch was made yet.
    pub fn documents_without_sketch(&self, limit: usize) -> Result<Vec<ContentId>, StoreError> {
        self.database.read(|db| collect(db, UNSKETCHED, [count(limit)], |row| Ok(ContentId(row.get(0)?))))
    }

    /// Stores sketches; `None` where a text is too short for one. Of what vanished meanwhile nothing is stored.
    pub fn put_sketches(&self, sketches: Vec<(ContentId, Option<Vec<u8>>)>) -> Result<(), StoreError> {
        self.database.change(move |tx| {
            let mut mark = tx.prepare_cached("UPDATE contents SET sketched = 1 WHERE id = ?1")?;
            let mut put =
                tx.prepare_cached("INSERT OR REPLACE INTO sketches (content_id, sketch) VALUES (?1, ?2)")?;
            for (content, sketch) in sketches {
                if mark.execute([content.0])? > 0 {
                    put.execute(params![content.0, sketch])?;
                }
            }
            Ok(())
        })
    }

    /// The sketches of those of these contents that have one.
    pub fn sketches_of(&self, contents: &[ContentId]) -> Result<HashMap<ContentId, Vec<u8>>, StoreError> {
        self.database.read(|db| {
            let mut find = db.prepare_cached("SELECT sketch FROM sketches WHERE content_id = ?1")?;
            let mut found = HashMap::new();
            for content in contents {
                let sketch: Option<Option<Vec<u8>>> =
                    find.query_row([content.0], |row| row.get(0)).optional()?;
                found.extend(sketch.flatten().map(|sketch| (*content, sketch)));
            }
            Ok(found)
        })
    }

    /// All sketches of what the library holds, in the order of their contents.
    pub fn sketches(&self) -> Result<Vec<(ContentId, Vec<u8>)>, StoreError> {
        self.database.read(|db| collect(db, ALL, [], |row| Ok((ContentId(row.get(0)?), row.get(1)?))))
    }
}
