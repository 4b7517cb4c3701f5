//! Full-length vectors, and what still waits for one.

use std::ops::ControlFlow;

use cairn_core::{ContentHash, ContentId, PassageId, Space, vector};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::files::collect;
use crate::rows::Waiting;
use crate::sql::{bad_value, count, unsigned};
use crate::{Store, StoreError, path};

pub(crate) const WAITING_PASSAGES: &str = "SELECT w.item_id, p.content_id, c.hash, p.text, NULL
     FROM waiting w CROSS JOIN passages p ON p.id = w.item_id CROSS JOIN contents c ON c.id = p.content_id
     WHERE w.space_id = ?1 ORDER BY w.item_id LIMIT ?2";
pub(crate) const WAITING_PHOTOS: &str = "SELECT w.item_id, c.id, c.hash, NULL, f.path
     FROM waiting w CROSS JOIN contents c ON c.id = w.item_id CROSS JOIN files f ON f.id = c.file_id
     WHERE w.space_id = ?1 ORDER BY w.item_id LIMIT ?2";
/// A photo that no file holds cannot be read any more and does not wait.
const WAITING_PHOTOS_COUNT: &str = "SELECT count(*) FROM waiting w CROSS JOIN contents c ON c.id = w.item_id
     WHERE w.space_id = ?1 AND c.file_id IS NOT NULL";
pub(crate) const VECTOR_COUNT: &str = "SELECT count(*) FROM vectors WHERE space_id = ?1";
pub(crate) const VECTOR: &str = "SELECT data FROM vectors WHERE space_id = ?1 AND item_id = ?2";
pub(crate) const VECTORS_AFTER: &str = "SELECT item_id, data FROM vectors
     WHERE space_id = ?1 AND item_id > ?2 ORDER BY item_id LIMIT ?3";
pub(crate) const PASSAGE_VECTORS_AFTER: &str = "SELECT v.item_id, v.data, p.content_id
     FROM vectors v CROSS JOIN passages p ON p.id = v.item_id CROSS JOIN contents c ON c.id = p.content_id
     WHERE v.space_id = ?1 AND v.item_id > ?2 AND c.family = 'document' ORDER BY v.item_id LIMIT ?3";

/// Vectors read in one go. A reader that stays longer would keep the write-ahead log from being emptied.
const READ_AT_ONCE: i64 = 2048;

/// Takes a document, one of its passages and the passage's vector, and says whether to go on.
pub type PassageVisitor<'a> = &'a mut dyn FnMut(ContentId, PassageId, &[f32]) -> ControlFlow<()>;

impl Store {
    /// Items that have no vector of this model, oldest first. Photos that no file holds any more are left out.
    pub fn items_without_vector(
        &self,
        space: Space,
        model: &str,
        limit: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let id = self.space(space, model)?;
        let sql = match space {
            Space::Text => WAITING_PASSAGES,
            Space::Photo => WAITING_PHOTOS,
        };
        self.database.read(|db| collect(db, sql, [id, count(limit)], waiting))
    }

    /// Whether an item has no vector of this model yet.
    pub fn waits_for_vector(&self, space: Space, model: &str, item: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM waiting WHERE space_id = ?1 AND item_id = ?2";
        self.database.read(|db| match find_space(db, space, model)? {
            Some(known) => db.prepare_cached(sql)?.exists(params![known, item]),
            // Nothing has one.
            None => Ok(true),
        })
    }

    /// How many items have no vector of this model.
    pub fn waiting_count(&self, space: Space, model: &str) -> Result<u64, StoreError> {
        self.database.read(|db| {
            let known = find_space(db, space, model)?;
            let sql = match (space, known.is_some()) {
                (Space::Text, true) => "SELECT count(*) FROM waiting WHERE space_id = ?1",
                (Space::Photo, true) => WAITING_PHOTOS_COUNT,
                (Space::Text, false) => "SELECT count(*) FROM passages WHERE ?1 IS NULL",
                (Space::Photo, false) => {
                    "SELECT count(*) FROM contents WHERE family = 'photo' AND file_id IS NOT NULL AND ?1 IS NULL"
                }
            };
            db.prepare_cached(sql)?.query_row([known], |row| unsigned(row, 0))
        })
    }

    /// Stores vectors of items, in one transaction; those of items that vanished meanwhile are ignored. Returns how
    /// many were stored. All vectors of a model have the same length.
    pub fn put_vectors(
        &self,
        space: Space,
        model: &str,
        vectors: Vec<(i64, Vec<f32>)>,
    ) -> Result<u64, StoreError> {
        let Some(dims) = vectors.first().map(|(_, vector)| vector.len()) else { return Ok(0) };
        for (item, vector) in &vectors {
            if vector.is_empty() || vector.len() != dims || vector.iter().any(|x| !x.is_finite()) {
                return Err(StoreError::Invalid(format!(
                    "the vector of item {item} by {model} is empty, of another length than {dims}, or not finite"
                )));
            }
        }
        let id = self.space(space, model)?;
        let stored = self.database.change(move |tx| {
            let known: Option<i64> = tx
                .prepare_cached("SELECT dims FROM spaces WHERE id = ?1")?
                .query_row([id], |row| row.get(0))?;
            if known.is_some_and(|known| known != count(dims)) {
                return Ok(Err(known));
            }
            if known.is_none() {
                tx.execute("UPDATE spaces SET dims = ?2 WHERE id = ?1", params![id, count(dims)])?;
            }
            insert_vectors(tx, space, id, &vectors).map(Ok)
        })?;
        stored.map_err(|known| {
            StoreError::Invalid(format!(
                "vectors of {model} have {} dimensions, not {dims}",
                known.unwrap_or(0)
            ))
        })
    }

    /// How many vectors of this model there are.
    pub fn vector_count(&self, space: Space, model: &str) -> Result<u64, StoreError> {
        self.database.read(|db| {
            let Some(id) = find_space(db, space, model)? else { return Ok(0) };
            db.prepare_cached(VECTOR_COUNT)?.query_row([id], |row| unsigned(row, 0))
        })
    }

    /// Vectors in the order asked for; items without one are left out.
    pub fn vectors(
        &self,
        space: Space,
        model: &str,
        ids: &[i64],
    ) -> Result<Vec<(i64, Vec<f32>)>, StoreError> {
        self.database.read(|db| {
            let Some(space) = find_space(db, space, model)? else { return Ok(Vec::new()) };
            let mut find = db.prepare_cached(VECTOR)?;
            let mut found = Vec::with_capacity(ids.len());
            for &id in ids {
                if let Some(vector) = find.query_row([space, id], |row| vector_at(row, 0)).optional()? {
                    found.push((id, vector));
                }
            }
            Ok(found)
        })
    }

    /// Visits every vector of this model, by ascending item, until told to stop. What is written meanwhile may or may
    /// not be visited.
    pub fn for_each_vector(
        &self,
        space: Space,
        model: &str,
        visit: &mut dyn FnMut(i64, &[f32]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.visit(VECTORS_AFTER, space, model, &mut |item, row| Ok(visit(item, &vector_at(row, 1)?)))
    }

    /// As [`Store::for_each_vector`] for passages of documents, with the document each belongs to.
    pub fn for_each_passage_vector(&self, model: &str, visit: PassageVisitor<'_>) -> Result<(), StoreError> {
        self.visit(PASSAGE_VECTORS_AFTER, Space::Text, model, &mut |item, row| {
            Ok(visit(ContentId(row.get(2)?), PassageId(item), &vector_at(row, 1)?))
        })
    }

    fn visit(
        &self,
        sql: &str,
        space: Space,
        model: &str,
        visit: &mut dyn FnMut(i64, &Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> Result<(), StoreError> {
        let Some(space) = self.database.read(|db| find_space(db, space, model))? else { return Ok(()) };
        let mut after = i64::MIN;
        loop {
            let (visited, flow) = self.database.read(|db| {
                let mut statement = db.prepare_cached(sql)?;
                let mut rows = statement.query([space, after, READ_AT_ONCE])?;
                let mut visited = 0;
                while let Some(row) = rows.next()? {
                    after = row.get(0)?;
                    visited += 1;
                    if visit(after, row)?.is_break() {
                        return Ok((visited, ControlFlow::Break(())));
                    }
                }
                Ok((visited, ControlFlow::Continue(())))
            })?;
            if flow.is_break() || visited < READ_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// The number of a vector space. On its first use all items begin to wait in it.
    pub(crate) fn space(&self, space: Space, model: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.database.read(|db| find_space(db, space, model))? {
            return Ok(id);
        }
        let model = model.to_owned();
        self.database.write(move |tx| {
            if let Some(id) = find_space(tx, space, &model)? {
                return Ok(id);
            }
            tx.execute("INSERT INTO spaces (space, model) VALUES (?1, ?2)", [name(space), &model])?;
            let id = tx.last_insert_rowid();
            let sql = match space {
                Space::Text => "INSERT INTO waiting SELECT ?1, id FROM passages ORDER BY id",
                Space::Photo => {
                    "INSERT INTO waiting SELECT ?1, id FROM contents WHERE family = 'photo' ORDER BY id"
                }
            };
            tx.execute(sql, [id])?;
            Ok(id)
        })
    }
}

fn name(space: Space) -> &'static str {
    match space {
        Space::Text => "text",
        Space::Photo => "photo",
    }
}

pub(crate) fn find_space(db: &Connection, space: Space, model: &str) -> rusqlite::Result<Option<i64>> {
    let mut find = db.prepare_cached("SELECT id FROM spaces WHERE space = ?1 AND model = ?2")?;
    find.query_row([name(space), model], |row| row.get(0)).optional()
}

fn insert_vectors(
    tx: &Transaction<'_>,
    space: Space,
    id: i64,
    vectors: &[(i64, Vec<f32>)],
) -> rusqlite::Result<u64> {
    let exists = match space {
        Space::Text => "SELECT 1 FROM passages WHERE id = ?1",
        Space::Photo => "SELECT 1 FROM contents WHERE id = ?1 AND family = 'photo'",
    };
    let mut exists = tx.prepare_cached(exists)?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO vectors (space_id, item_id, data) VALUES (?1, ?2, ?3)
         ON CONFLICT (space_id, item_id) DO UPDATE SET data = excluded.data",
    )?;
    let mut arrived = tx.prepare_cached("DELETE FROM waiting WHERE space_id = ?1 AND item_id = ?2")?;
    let mut stored = 0;
    for (item, vector) in vectors {
        if exists.exists([item])? {
            insert.execute(params![id, item, vector::to_bytes(vector)])?;
            arrived.execute([id, *item])?;
            stored += 1;
        }
    }
    Ok(stored)
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get(0)?,
        content: ContentId(row.get(1)?),
        hash: ContentHash(row.get(2)?),
        text: row.get(3)?,
        path: row.get::<_, Option<Vec<u8>>>(4)?.map(path::from_bytes),
    })
}

pub(crate) fn vector_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<f32>> {
    vector::from_bytes(row.get_ref(column)?.as_blob()?)
        .ok_or_else(|| bad_value(column, Type::Blob, "a vector is cut off".into()))
}
