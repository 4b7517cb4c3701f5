use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use ts_rs::TS;

/// Counters that work bumps and that a window samples: nothing is pushed, so progress costs nothing.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    failed: AtomicU64,
    read: AtomicU64,
    merged: AtomicU64,
    unchanged: AtomicU64,
    bytes: AtomicU64,
    current: Mutex<Current>,
}

/// What became of the files that a job looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
pub struct FileCounts {
    /// Read.
    pub read: u64,
    /// Not read, since other files with the same bytes were.
    pub merged: u64,
    /// Not read, since they are as they were.
    pub unchanged: u64,
}

#[derive(Debug, Default, Clone)]
struct Current {
    phase: String,
    unit: String,
    item: String,
}

/// What [`Progress`] held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// The step being done, in words: "Reading files".
    pub phase: String,
    /// What the numbers count: "files", "passages", "bytes".
    pub unit: String,
    /// The item being worked on (a file's name), or empty.
    pub item: String,
    /// Items finished in this phase.
    pub done: u64,
    /// Items known in this phase; 0 when not known.
    pub total: u64,
    /// Items that failed in the whole job.
    pub failed: u64,
    /// What became of the files of the whole job.
    pub files: FileCounts,
    /// Bytes of the files that were read or merged in the whole job.
    pub bytes: u64,
}

impl Progress {
    /// Starts a phase of `total` items; counts begin at zero, failures are kept.
    pub fn start_phase(&self, phase: &str, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        phase.clone_into(&mut current.phase);
        current.item.clear();
    }

    /// Says what the numbers count from now on.
    pub fn set_unit(&self, unit: &str) {
        unit.clone_into(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner).unit);
    }

    /// More items became known.
    pub fn set_total(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Names the item being worked on.
    pub fn set_item(&self, item: &str) {
        item.clone_into(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner).item);
    }

    /// `n` more items are finished.
    pub fn advance(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    /// One item failed (it also counts as finished: call [`Progress::advance`] too).
    pub fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// A file of so many bytes was read.
    pub fn file_read(&self, bytes: u64) {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A file of so many bytes holds what another one holds.
    pub fn file_merged(&self, bytes: u64) {
        self.merged.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many files are as they were.
    pub fn files_unchanged(&self, n: u64) {
        self.unchanged.fetch_add(n, Ordering::Relaxed);
    }

    /// The counters now.
    pub fn snapshot(&self) -> ProgressSnapshot {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ProgressSnapshot {
            phase: current.phase,
            unit: current.unit,
            item: current.item,
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            files: FileCounts {
                read: self.read.load(Ordering::Relaxed),
                merged: self.merged.load(Ordering::Relaxed),
                unchanged: self.unchanged.load(Ordering::Relaxed),
            },
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}
