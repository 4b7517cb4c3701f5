//! The truth of a library, in one SQLite file: roots, files, what they hold, vectors, jobs, settings.
//!
//! [`Store`] is the whole of it. Writing goes through one thread that owns the only connection that may write;
//! reading uses connections that cannot write, each request seeing one moment. A request waits for its answer, so call
//! it from a plain thread.
//!
//! A file is *pending* until it is read, then *ready* with a content or *failed* with a problem. A content belongs to
//! the bytes, not to the path: copies share it and a file that moves keeps it, so nothing is embedded twice.

mod contents;
mod database;
mod descriptions;
mod error;
mod files;
mod filter;
mod keyword;
mod ledger;
mod migrate;
mod ocr;
mod passages;
mod path;
#[cfg(test)]
mod plans;
mod query;
mod rows;
mod searches;
mod sketches;
mod sql;
mod stars;
mod tags;
mod vectors;
mod words;

use std::path::Path;

use database::Database;

pub use error::StoreError;
pub use filter::{AllowedFile, contents_as_json};
pub use query::KeywordQuery;
pub use rows::*;
pub use vectors::PassageVisitor;

/// The name of the file in the library's folder.
const FILE_NAME: &str = "library.db";

/// An open library. Share it in an `Arc`.
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens the library in a folder; makes both where they are missing.
    ///
    /// Fails without touching the file where it is of a later version of Cairn ([`StoreError::Newer`]) or of another
    /// program ([`StoreError::Foreign`]).
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(|source| StoreError::Folder { path: dir.to_owned(), source })?;
        Ok(Store { database: Database::open(dir.join(FILE_NAME))? })
    }

    /// Finishes what was asked for and tidies the file. Later requests are refused. Dropping the store does the same.
    pub fn close(&self) {
        self.database.close();
    }
}
