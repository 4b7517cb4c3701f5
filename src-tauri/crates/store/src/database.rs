//! The file and its connections: one thread owns the only connection that writes; readers are lent out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::{StoreError, migrate};

/// How long one process waits for another's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two attempts to open a file that another process is opening.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Readers kept open between requests; more are opened while more threads ask.
const IDLE_READERS: usize = 4;
const STATEMENTS_KEPT: usize = 64;

type Task = Box<dyn FnOnce(&mut Connection) + Send>;

pub(crate) struct Database {
    path: PathBuf,
    writer: Mutex<Option<Writer>>,
    idle: Mutex<Vec<Connection>>,
    closed: AtomicBool,
}

struct Writer {
    tasks: Sender<Task>,
    thread: JoinHandle<()>,
}

impl Database {
    /// Opens or makes the file, and brings its schema up to date.
    pub(crate) fn open(path: PathBuf) -> Result<Self, StoreError> {
        let connection = open_when_free(&path)?;
        let (tasks, queue) = unbounded();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_until_closed(connection, &queue))
            .map_err(|source| StoreError::Folder { path: path.clone(), source })?;
        Ok(Database {
            path,
            writer: Mutex::new(Some(Writer { tasks, thread })),
            idle: Mutex::default(),
            closed: AtomicBool::new(false),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` on the writer thread as one transaction, and waits for it.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = bounded(1);
        let task: Task = Box::new(move |connection| {
            // The other end waits for this answer; it cannot be gone.
            let _ = answer.send(in_transaction(connection, work));
        });
        let tasks = match &*lock(&self.writer) {
            Some(writer) => writer.tasks.clone(),
            None => return Err(StoreError::Closed),
        };
        tasks.send(task).map_err(|_| StoreError::Closed)?;
        drop(tasks);
        match answered.recv() {
            Ok(result) => result.map_err(|error| self.error(error)),
            Err(_) => Err(StoreError::Abandoned { path: self.path.clone() }),
        }
    }

    /// As [`Database::write`]; the generation grows if any row changed.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write(move |tx| {
            let before = tx.total_changes();
            let value = work(tx)?;
            if tx.total_changes() != before {
                tx.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'", [])?;
            }
            Ok(value)
        })
    }

    /// Runs `work` on a read-only connection; everything it reads is of one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut connection = self.reader()?;
        let result = connection.transaction().and_then(|tx| work(&tx));
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_READERS && !self.closed.load(Ordering::Acquire) {
            idle.push(connection);
        }
        drop(idle);
        result.map_err(|error| self.error(error))
    }

    /// Ends the writer thread after what it has been given, and tidies the file. Later requests are refused.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        lock(&self.idle).clear();
        let Some(Writer { tasks, thread }) = lock(&self.writer).take() else { return };
        drop(tasks);
        if thread.join().is_err() {
            tracing::error!("the library's writer ended with a panic");
        }
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Closed);
        }
        if let Some(connection) = lock(&self.idle).pop() {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
            connection.execute_batch(
                "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;",
            )?;
            Ok(connection)
        };
        open().map_err(|error| self.error(error))
    }

    pub(crate) fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`open_writer`] with the schema brought up to date, waiting while another process does the same.
///
/// SQLite itself does not wait where waiting could be for ever: of two connections that switch a new file to WAL at
/// the same moment, one is told at once that the file is busy.
fn open_when_free(path: &Path) -> Result<Connection, StoreError> {
    let begun = Instant::now();
    loop {
        let opened = open_writer(path)
            .and_then(|mut connection| migrate::up_to_date(path, &mut connection).map(|()| connection));
        match opened {
            Err(StoreError::Locked { .. }) if begun.elapsed() < BUSY_TIMEOUT => {
                std::thread::sleep(BUSY_PAUSE)
            }
            opened => return opened,
        }
    }
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        // Before anything that takes a lock: the switch to WAL does.
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    };
    open().map_err(|error| StoreError::from_sqlite(path, error))
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    // Immediate: a transaction that begins by reading and then writes is refused at once when another process
    // wrote in between, without waiting.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&tx)?;
    tx.commit()?;
    Ok(value)
}

fn write_until_closed(mut connection: Connection, queue: &Receiver<Task>) {
    for task in queue {
        // Unwinding rolls the transaction back and drops the answer's sender, which tells the caller.
        if catch_unwind(AssertUnwindSafe(|| task(&mut connection))).is_err() {
            tracing::error!("a change of the library panicked and was undone");
        }
    }
    let tidy = connection
        .execute_batch("PRAGMA optimize;")
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    if let Err(error) = tidy {
        tracing::warn!(%error, "the library was closed without tidying; the next start does it");
    }
}
