//! What names, folders and facts say of files, in lines that can be embedded.

use cairn_core::{ContentId, vector};
use rusqlite::{Transaction, params};

use crate::files::collect;
use crate::sql::count;
use crate::vectors::vector_at;
use crate::{Store, StoreError, words};

/// Two ranges of an index: what no model has embedded, and what another one has.
pub(crate) const UNEMBEDDED: &str = "SELECT id, text FROM (
         SELECT id, text FROM descriptions WHERE model IS NULL
         UNION ALL SELECT id, text FROM descriptions WHERE model < ?1
         UNION ALL SELECT id, text FROM descriptions WHERE model > ?1
     ) LIMIT ?2";
pub(crate) const EMBEDDED: &str =
    "SELECT id, data FROM descriptions WHERE model = ?1 AND id > ?2 ORDER BY id";
pub(crate) const DESCRIBED: &str = "SELECT DISTINCT content_id FROM files
     WHERE description_id = ?1 AND content_id IS NOT NULL ORDER BY content_id LIMIT ?2";

impl Store {
    /// Descriptions that have no vector of this text model.
    pub fn descriptions_without_vector(
        &self,
        model: &str,
        limit: usize,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        self.database.read(|db| {
            collect(db, UNEMBEDDED, params![model, count(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// Stores the vectors of descriptions, in place of those of another model; of what vanished meanwhile none.
    pub fn put_description_vectors(
        &self,
        model: &str,
        vectors: Vec<(i64, Vec<f32>)>,
    ) -> Result<(), StoreError> {
        let model = model.to_owned();
        self.database.change(move |tx| {
            let mut put = tx.prepare_cached("UPDATE descriptions SET model = ?2, data = ?3 WHERE id = ?1")?;
            for (id, vector) in vectors {
                put.execute(params![id, model, vector::to_bytes(&vector)])?;
            }
            Ok(())
        })
    }

    /// Descriptions with an id above this one, and their vectors of this model, in the order of their ids.
    pub fn description_vectors(&self, model: &str, after: i64) -> Result<Vec<(i64, Vec<f32>)>, StoreError> {
        self.database.read(|db| {
            collect(db, EMBEDDED, params![model, after], |row| Ok((row.get(0)?, vector_at(row, 1)?)))
        })
    }

    /// Contents of the files that a description is of, oldest first; `None`: there are more than `most`.
    pub fn contents_described(&self, id: i64, most: usize) -> Result<Option<Vec<ContentId>>, StoreError> {
        let found: Vec<ContentId> = self.database.read(|db| {
            collect(db, DESCRIBED, params![id, count(most + 1)], |row| Ok(ContentId(row.get(0)?)))
        })?;
        Ok((found.len() <= most).then_some(found))
    }

    /// Forgets descriptions that are of no file any more.
    pub fn forget_descriptions(&self) -> Result<u64, StoreError> {
        self.database.change(|tx| {
            let sql = "DELETE FROM descriptions
                 WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.description_id = descriptions.id)";
            Ok(tx.execute(sql, [])? as u64)
        })
    }
}

/// Gives a file its description anew, from its name, its folder, and place and month of what it holds.
pub(crate) fn describe(
    tx: &Transaction<'_>,
    file: i64,
    name: &str,
    folder: &str,
    place: Option<&str>,
    date_ms: Option<i64>,
) -> rusqlite::Result<()> {
    let text = words::description(name, folder, place, date_ms);
    tx.prepare_cached("INSERT INTO descriptions (text) VALUES (?1) ON CONFLICT (text) DO NOTHING")?
        .execute([&text])?;
    tx.prepare_cached(
        "UPDATE files SET description_id = (SELECT id FROM descriptions WHERE text = ?2) WHERE id = ?1",
    )?
    .execute(params![file, text])?;
    Ok(())
}
