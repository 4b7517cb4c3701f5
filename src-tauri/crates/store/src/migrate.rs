//! The schema's versions: numbered files, applied in order, each in one transaction.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
    include_str!("../migrations/0004.sql"),
    include_str!("../migrations/0005.sql"),
    include_str!("../migrations/0006.sql"),
    include_str!("../migrations/0007.sql"),
];

/// Marks the file as ours ("Cairn" has five letters; this is "Crn1").
const APPLICATION_ID: i64 = 0x4372_6e31;

/// Sets the connection up for writing and brings the schema up to date. A file of a later version, or of another
/// program, is refused before anything is written.
pub(crate) fn up_to_date(path: &Path, connection: &mut Connection) -> Result<(), StoreError> {
    check(path, connection)?;
    prepare(connection)
        .and_then(|()| migrate(connection, MIGRATIONS))
        .map_err(|error| StoreError::from_sqlite(path, error))
}

fn check(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let facts = || {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((pragma(connection, "user_version")?, pragma(connection, "application_id")?, tables))
    };
    let (version, application, tables) = facts().map_err(|error| StoreError::from_sqlite(path, error))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let fresh = version == 0 && application == 0 && tables == 0;
    if !fresh && application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if version > known {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known });
    }
    Ok(())
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // Rows with a vector of 384 dimensions (1.5 KB) or a passage then rarely need a second page. It has an effect
    // on a new file only.
    connection.pragma_update(None, "page_size", 8192)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        // A network file system has no shared memory. The library works there, but reading waits for writing.
        tracing::warn!(mode, "the library's disk does not allow a write-ahead log");
    }
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;",
    )
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    for (version, sql) in (1i64..).zip(migrations) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Inside the transaction: another process may have done it while this one waited.
        if pragma(&tx, "user_version")? >= version {
            continue;
        }
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()?;
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
