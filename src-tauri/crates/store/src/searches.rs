//! Searches that a person keeps, and those of before.

use rusqlite::params;

use crate::files::collect;
use crate::sql::count;
use crate::{SavedSearch, Store, StoreError};

/// Past searches that are remembered.
const MOST_PAST: usize = 500;

impl Store {
    /// Keeps a search under a name. Returns its id.
    pub fn save_search(&self, name: &str, request: &str, now_ms: i64) -> Result<i64, StoreError> {
        let (name, request) = (name.to_owned(), request.to_owned());
        self.database.write(move |tx| {
            tx.execute(
                "INSERT INTO saved_searches (name, request, saved_ms) VALUES (?1, ?2, ?3)",
                params![name, request, now_ms],
            )?;
            Ok(tx.last_insert_rowid())
        })
    }

    /// Gives a saved search another name.
    pub fn rename_search(&self, id: i64, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.database.write(move |tx| {
            tx.execute("UPDATE saved_searches SET name = ?2 WHERE id = ?1", params![id, name])?;
            Ok(())
        })
    }

    /// Keeps a saved search no longer.
    pub fn forget_search(&self, id: i64) -> Result<(), StoreError> {
        self.database.write(move |tx| {
            tx.execute("DELETE FROM saved_searches WHERE id = ?1", [id])?;
            Ok(())
        })
    }

    /// Saved searches by their names.
    pub fn saved_searches(&self) -> Result<Vec<SavedSearch>, StoreError> {
        let sql = "SELECT id, name, request FROM saved_searches ORDER BY name COLLATE NOCASE, id";
        self.database.read(|db| {
            collect(db, sql, [], |row| {
                Ok(SavedSearch { id: row.get(0)?, name: row.get(1)?, request: row.get(2)? })
            })
        })
    }

    /// Remembers what was searched for. Only the latest are kept.
    pub fn remember_search(&self, query: &str, now_ms: i64) -> Result<(), StoreError> {
        let query = query.to_owned();
        self.database.write(move |tx| {
            tx.execute(
                "INSERT INTO past_searches (query, last_ms) VALUES (?1, ?2)
                 ON CONFLICT (query) DO UPDATE SET last_ms = excluded.last_ms",
                params![query, now_ms],
            )?;
            tx.execute(
                "DELETE FROM past_searches WHERE query NOT IN
                 (SELECT query FROM past_searches ORDER BY last_ms DESC LIMIT ?1)",
                [count(MOST_PAST)],
            )?;
            Ok(())
        })
    }

    /// What was searched for before, the latest first.
    pub fn past_searches(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT query FROM past_searches ORDER BY last_ms DESC, query LIMIT ?1";
        self.database.read(|db| collect(db, sql, [count(limit)], |row| row.get(0)))
    }

    /// Forgets what was searched for: all of it, or one query.
    pub fn forget_past_searches(&self, query: Option<&str>) -> Result<(), StoreError> {
        let query = query.map(str::to_owned);
        self.database.write(move |tx| {
            tx.execute("DELETE FROM past_searches WHERE ?1 IS NULL OR query = ?1", [query])?;
            Ok(())
        })
    }
}
