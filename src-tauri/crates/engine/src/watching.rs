//! Folders are watched while a window is open: what changes is read moments later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_core::JobId;
use cairn_ingest::{Changes, Watch};

use crate::api::JobKind;
use crate::engine::Inner;
use crate::error::EngineError;

/// What was seen to change and is not looked at yet.
#[derive(Default)]
pub(crate) struct Watching {
    watch: Mutex<Option<Watch>>,
    changed: Mutex<Changed>,
}

#[derive(Default)]
struct Changed {
    paths: BTreeSet<PathBuf>,
    /// The last job that was queued to look at them.
    job: Option<JobId>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    /// Watches all roots, and those added later.
    pub(crate) fn watch(self: &Arc<Self>) -> Result<(), EngineError> {
        let inner = Arc::downgrade(self);
        let watch = Watch::start(
            self.rules()?,
            self.own_folders().map(Path::to_path_buf).to_vec(),
            move |changes| {
                let Some(inner) = inner.upgrade() else { return };
                if let Err(error) = inner.note_changes(changes) {
                    tracing::warn!(%error, "changes were seen and could not be noted; the next look at all folders finds them");
                }
            },
        );
        let watch = watch.map_err(|error| EngineError::io("watch folders", error))?;
        for root in self.store.roots()? {
            watch.add(&root.path);
        }
        // Out of the lock: the thread of one that watched before may be waiting for it.
        let before = lock(&self.watching.watch).replace(watch);
        drop(before);
        Ok(())
    }

    pub(crate) fn watch_root(&self, path: &Path) {
        if let Some(watch) = lock(&self.watching.watch).as_ref() {
            watch.add(path);
        }
    }

    pub(crate) fn unwatch_root(&self, path: &Path) {
        if let Some(watch) = lock(&self.watching.watch).as_ref() {
            watch.remove(path);
        }
    }

    /// Watches by other rules from now on, where it watches at all.
    pub(crate) fn watch_anew(self: &Arc<Self>) -> Result<(), EngineError> {
        let watching = lock(&self.watching.watch).is_some();
        if watching { self.watch() } else { Ok(()) }
    }

    pub(crate) fn stop_watching(&self) {
        // Out of the lock: its thread may be waiting for it.
        let watch = lock(&self.watching.watch).take();
        drop(watch);
    }

    fn note_changes(self: &Arc<Self>, changes: Changes) -> Result<(), EngineError> {
        match changes {
            Changes::Everything => self.queue_scan(None, "Looking for changes".into()),
            Changes::Paths(paths) => {
                let mut changed = lock(&self.watching.changed);
                changed.paths.extend(paths);
                // One that waits takes them all; one that was cancelled took none.
                if !changed.job.is_some_and(|id| self.jobs().is_queued(id)) {
                    changed.job = Some(self.queue_changes()?);
                }
                Ok(())
            }
        }
    }

    fn queue_changes(self: &Arc<Self>) -> Result<JobId, EngineError> {
        self.submit_held(JobKind::Index, "Reading what changed".into(), "files", false, |inner, job| {
            let paths = std::mem::take(&mut lock(&inner.watching.changed).paths);
            let paths: Vec<PathBuf> = paths.into_iter().collect();
            let gone = inner.scan_paths(&paths, job)?;
            inner.take_in(gone, job)?;
            // Index snapshots and map are left as they are: both catch up, and writing them takes as long as the library is large.
            inner.changed();
            Ok(())
        })
    }
}
