use std::path::{Path, PathBuf};

use cairn_core::{Class, FileId};
use rusqlite::ErrorCode;

/// Why the library did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The library's folder could not be made.
    #[error("{}: the library's folder could not be made: {source}. Choose a folder you may write to.", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file was written by a later version of Cairn. It was not touched.
    #[error(
        "{}: this library has format {found}, and this version of Cairn knows formats up to {known}. \
         It was left as it is: open it with a newer Cairn.", path.display()
    )]
    Newer {
        /// The library's file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The last one this program knows.
        known: i64,
    },
    /// The file is a database, but not a library of Cairn's. It was not touched.
    #[error("{}: this is another program's database. It was left as it is: choose another folder.", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error(
        "{}: the library is damaged ({detail}). Restore it from a backup, or move it away: a new one is then \
         made and the folders have to be added again.", path.display()
    )]
    Damaged {
        /// The library's file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// No space is left on the disk.
    #[error("{}: the disk is full. Free some space and try again; nothing was lost.", path.display())]
    DiskFull {
        /// The library's file.
        path: PathBuf,
    },
    /// Another program kept the library locked for too long.
    #[error("{}: another program is using the library. Close it and try again.", path.display())]
    Locked {
        /// The library's file.
        path: PathBuf,
    },
    /// The system refused to read or write the file.
    #[error("{}: the library cannot be read or written ({source}). Check the disk and the permissions.", path.display())]
    Io {
        /// The library's file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Any other refusal of SQLite: a mistake of ours.
    #[error("{}: the library refused a request: {source}", path.display())]
    Sqlite {
        /// The library's file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file was forgotten while it was being read. Nothing was stored for it.
    #[error("file {0} is not in the library any more")]
    FileGone(FileId),
    /// What was to be stored contradicts itself: a mistake of ours. Nothing was stored.
    #[error("not stored: {0}")]
    Invalid(String),
    /// A write stopped half-way and was undone: a mistake of ours.
    #[error("{}: a change of the library was abandoned and undone", path.display())]
    Abandoned {
        /// The library's file.
        path: PathBuf,
    },
    /// The library was closed.
    #[error("the library is closed")]
    Closed,
}

impl StoreError {
    /// Who must act.
    pub fn class(&self) -> Class {
        match self {
            StoreError::Folder { .. }
            | StoreError::DiskFull { .. }
            | StoreError::Locked { .. }
            | StoreError::Io { .. } => Class::Io,
            StoreError::Newer { .. } | StoreError::Foreign { .. } => Class::User,
            StoreError::Damaged { .. } => Class::Corrupt,
            StoreError::FileGone(_) => Class::NotFound,
            StoreError::Sqlite { .. } | StoreError::Invalid(_) | StoreError::Abandoned { .. } => {
                Class::Internal
            }
            StoreError::Closed => Class::Cancelled,
        }
    }

    pub(crate) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, detail: source.to_string() }
            }
            Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path },
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => StoreError::Io { path, source },
            _ if unreadable_value(&source) => StoreError::Damaged { path, detail: source.to_string() },
            _ => StoreError::Sqlite { path, source },
        }
    }
}

/// A stored value that is not what the schema says is damage, not a mistake in a request.
fn unreadable_value(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
    )
}
