//! One vector space at work: the index in memory, how full vectors become indexed ones, and the snapshot on disk.
//!
//! The vectors in the store are the truth. Whatever is wrong with a snapshot, the index is built again from them,
//! and until it is there, the store itself is scanned: slower, never wrong.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering as Memory};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cairn_core::{Control, KeptDims, Progress, vector};
use cairn_embed::ModelEntry;
use cairn_index::{Cost, Filter, KeySet, Places, Prefer, Rows, Search, Stamp, Storage, VectorIndex, costs};
use cairn_insight::rotation::{self, Rotation};
use cairn_store::{Space, Store};

use crate::error::EngineError;

/// A rotation is fitted once there are this many vectors for each dimension of the model; below it the plain
/// prefix is kept, and re-scoring makes up for it.
const SAMPLES_PER_DIM: u64 = 2;
/// At most this many vectors take part in fitting a rotation.
const MAX_ROTATION_SAMPLES: usize = 20_000;
/// The form in which an index keeps its numbers.
const STORAGE: Storage = Storage::F16;
/// Recall@10 against an exact search of the full vectors that an index has to reach.
const RECALL: f32 = 0.99;
/// Ten hits of a shortened index are the best of so many candidates that are scored again, until it was measured.
const RESCORED: [(usize, usize); 3] = [(64, 80), (128, 40), (256, 20)];
/// However bad a shortened index is, so many candidates are enough: each costs a look into the library.
const MAX_RESCORED: usize = 160;
/// An index is measured once it has so many vectors; below, a scan answers, and nothing needs many candidates.
const MEASURED_FROM: usize = 2_000;
/// At most so many vectors, at full length, are in memory while an index is measured.
const MEASURED: usize = 100_000;
/// Queries that an index is measured with.
const MEASURING_QUERIES: usize = 100;

/// How a vector of the model becomes a vector of the index.
#[derive(Clone)]
pub(crate) struct Projection {
    pub dims: usize,
    pub rotation: Option<Arc<Rotation>>,
}

impl Projection {
    fn apply(&self, full: &[f32]) -> Vec<f32> {
        match &self.rotation {
            Some(rotation) => rotation.apply(full, self.dims),
            None => rotation::prefix(full, self.dims),
        }
    }
}

/// An index and how it came to be.
struct Built {
    projection: Projection,
    index: VectorIndex,
    /// Candidates that are scored again to find ten hits.
    rescored: usize,
    disk_bytes: AtomicU64,
    /// Whether the index holds something that its snapshot does not.
    unsaved: AtomicBool,
}

impl Built {
    fn empty(projection: Projection, full: usize) -> Result<Self, EngineError> {
        Ok(Built {
            index: VectorIndex::new(projection.dims, STORAGE)?,
            rescored: rescored(projection.dims, full),
            projection,
            disk_bytes: AtomicU64::new(0),
            unsaved: AtomicBool::new(true),
        })
    }
}

/// Cosine of a vector and its indexed form from which on they count as the same.
const SAME: f32 = 0.999;

/// What a comparison of store, index and snapshot found.
#[derive(Debug, Default)]
pub(crate) struct Examination {
    pub dims: usize,
    is_built: bool,
    /// Vectors in the store.
    stored: usize,
    /// Of these, absent from the index.
    missing: usize,
    /// Of these, another vector in the index.
    wrong: usize,
    /// In the index and not in the store.
    foreign: usize,
    /// Whether there is a snapshot that cannot be used.
    bad_snapshot: bool,
}

impl Examination {
    pub(crate) fn needs_building(&self) -> bool {
        !self.is_built || self.missing + self.wrong + self.foreign > 0 || self.bad_snapshot
    }

    /// One sentence for each thing that is not as it should be.
    pub(crate) fn problems(&self) -> Vec<String> {
        if !self.is_built {
            return vec!["there is no index: searches look at every stored vector".into()];
        }
        let counted = [
            (self.missing, "stored vectors are not in the index"),
            (self.wrong, "vectors in the index are not those of the library"),
            (self.foreign, "vectors in the index are of items that are gone"),
        ];
        let snapshot =
            self.bad_snapshot.then(|| "the snapshot on disk is damaged or of another setting".to_owned());
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        counted.map(|(count, what)| format!("{count} {what}")).chain(snapshot).collect()
    }

    pub(crate) fn summary(&self) -> String {
        format!("{} vectors, all in the index as stored, {} dimensions", self.stored, self.dims)
    }
}

/// A model's vectors, searchable.
pub(crate) struct VectorSpace {
    pub space: Space,
    pub model: &'static ModelEntry,
    dir: PathBuf,
    built: RwLock<Option<Arc<Built>>>,
    /// Held while the index is changed, so that a newly built one misses nothing.
    changes: Mutex<()>,
}

/// What the window shows of a space.
pub(crate) struct SpaceFacts {
    /// "text" or "photo".
    pub name: &'static str,
    pub dims: usize,
    pub rotated: bool,
    pub memory_bytes: u64,
    pub disk_bytes: u64,
}

fn name(space: Space) -> &'static str {
    match space {
        Space::Text => "text",
        Space::Photo => "photo",
    }
}

impl VectorSpace {
    /// Opens the space with the snapshot of this many dimensions, where there is a whole one; vectors it misses
    /// are added. Without one the space answers by scanning the store until [`VectorSpace::build`] was called.
    pub(crate) fn open(
        store: &Store,
        space: Space,
        model: &'static ModelEntry,
        dir: &Path,
        dims: usize,
    ) -> Result<Self, EngineError> {
        let opened = VectorSpace {
            space,
            model,
            dir: dir.to_owned(),
            built: RwLock::new(None),
            changes: Mutex::new(()),
        };
        if store.vector_count(space, &model.id)? == 0 {
            opened.swap(Built::empty(Projection { dims, rotation: None }, model.dims)?);
        } else if let Some(built) = opened.load(dims)
            && opened.catch_up(store, &built)?
        {
            opened.swap(built);
        }
        Ok(opened)
    }

    pub(crate) fn is_built(&self) -> bool {
        self.current().is_some()
    }

    /// Dimensions that the index at work keeps; the model's own while there is none.
    pub(crate) fn facts(&self) -> SpaceFacts {
        match self.current() {
            Some(built) => SpaceFacts {
                name: name(self.space),
                dims: built.projection.dims,
                rotated: built.projection.rotation.is_some(),
                memory_bytes: built.index.memory_bytes() as u64,
                disk_bytes: built.disk_bytes.load(Memory::Relaxed),
            },
            None => SpaceFacts {
                name: name(self.space),
                dims: self.model.dims,
                rotated: false,
                memory_bytes: 0,
                disk_bytes: 0,
            },
        }
    }

    /// Whether the index keeps a plain prefix although the library now has enough vectors to fit a rotation.
    pub(crate) fn deserves_rotation(&self, store: &Store) -> Result<bool, EngineError> {
        let Some(built) = self.current() else { return Ok(false) };
        let plain = built.projection.rotation.is_none() && built.projection.dims < self.model.dims;
        Ok(plain && !self.is_matryoshka(built.projection.dims) && self.has_enough_samples(store)?)
    }

    /// New vectors, already in the store.
    pub(crate) fn add(&self, vectors: &[(i64, Vec<f32>)]) -> Result<(), EngineError> {
        let _changes = self.lock_changes();
        let Some(built) = self.current() else { return Ok(()) };
        for (id, full) in vectors {
            built.index.add(*id, &built.projection.apply(full))?;
        }
        built.unsaved.store(true, Memory::Release);
        Ok(())
    }

    /// Items that left the store.
    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = i64>) -> Result<(), EngineError> {
        let _changes = self.lock_changes();
        let Some(built) = self.current() else { return Ok(()) };
        for id in ids {
            if built.index.remove(id)? {
                built.unsaved.store(true, Memory::Release);
            }
        }
        Ok(())
    }

    /// The items nearest to a query of the model's full length, best first, with the cosine of the full vectors.
    pub(crate) fn search(
        &self,
        store: &Store,
        query: &[f32],
        limit: usize,
    ) -> Result<Vec<(i64, f32)>, EngineError> {
        let Some(built) = self.current() else { return self.scan(store, query, limit) };
        let wanted = (limit * built.rescored).div_ceil(10);
        let found = built.index.find(&Search::new(&built.projection.apply(query), wanted))?;
        tracing::debug!(space = name(self.space), plan = found.plan.why, "searched");
        let candidates: Vec<i64> = found.hits.into_iter().map(|hit| hit.key).collect();
        let mut scored: Vec<(i64, f32)> = store
            .vectors(self.space, &self.model.id, &candidates)?
            .into_iter()
            .map(|(id, full)| (id, vector::dot(query, &full)))
            .collect();
        scored.sort_by(best_first);
        scored.truncate(limit);
        Ok(scored)
    }

    fn scan(&self, store: &Store, query: &[f32], limit: usize) -> Result<Vec<(i64, f32)>, EngineError> {
        let mut scored = Vec::new();
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            scored.push((id, vector::dot(query, full)));
            ControlFlow::Continue(())
        })?;
        scored.sort_by(best_first);
        scored.truncate(limit);
        Ok(scored)
    }

    /// Builds an index of `dims` dimensions from the stored vectors while the present one answers, then swaps.
    pub(crate) fn build(
        &self,
        store: &Store,
        dims: usize,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), EngineError> {
        let total = store.vector_count(self.space, &self.model.id)?;
        progress.start_phase("Preparing the dimensions", 0);
        let projection = Projection { dims, rotation: self.fit(store, dims)?.map(Arc::new) };
        let mut built = Built::empty(projection, self.model.dims)?;
        built.index.reserve(usize::try_from(total).unwrap_or_default())?;
        progress.start_phase("Building the index", total);
        let mut outcome = Ok(());
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            outcome = control
                .checkpoint()
                .map_err(EngineError::from)
                .and_then(|()| Ok(built.index.add(id, &built.projection.apply(full))?));
            progress.advance(1);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        progress.start_phase("Measuring the index", 0);
        self.measure(store, &mut built)?;
        {
            let _changes = self.lock_changes();
            self.catch_up(store, &built)?;
            self.swap(built);
        }
        self.save(store)
    }

    /// Writes the snapshot where there is something new to write.
    pub(crate) fn save(&self, store: &Store) -> Result<(), EngineError> {
        // Two jobs may end at once; they must not write to the same file.
        let _changes = self.lock_changes();
        let Some(built) = self.current() else { return Ok(()) };
        if !built.unsaved.swap(false, Memory::AcqRel) {
            return Ok(());
        }
        std::fs::create_dir_all(&self.dir)
            .map_err(|error| EngineError::io("make the folder of the index", error))?;
        if let Some(rotation) = &built.projection.rotation {
            write_whole(&self.rotation_path(built.projection.dims), &rotation.to_bytes())
                .map_err(|error| EngineError::io("save the rotation of the index", error))?;
        }
        let stamp = Stamp {
            space: name(self.space).to_owned(),
            model: self.model.id.clone(),
            full_dims: self.model.dims,
            dims: built.projection.dims,
            storage: built.index.storage(),
            rotation: built.projection.rotation.as_ref().map(|rotation| rotation.hash()),
            rescored: built.rescored,
            generation: store.generation()?,
            count: built.index.len() as u64,
        };
        let bytes = built.index.save(&self.snapshot_path(built.projection.dims), &stamp)?;
        built.disk_bytes.store(bytes, Memory::Relaxed);
        self.drop_other_snapshots(built.projection.dims);
        Ok(())
    }

    fn current(&self) -> Option<Arc<Built>> {
        self.built.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn swap(&self, built: Built) {
        *self.built.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(built));
    }

    fn lock_changes(&self) -> std::sync::MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot, where it is whole and fits the model and the dimensions.
    fn load(&self, dims: usize) -> Option<Built> {
        let path = self.snapshot_path(dims);
        let (index, stamp) = VectorIndex::load(&path).ok()??;
        let fits = stamp.space == name(self.space)
            && stamp.model == self.model.id
            && stamp.full_dims == self.model.dims
            && stamp.dims == dims
            && stamp.storage == STORAGE
            && (10..=MAX_RESCORED).contains(&stamp.rescored);
        let rotation = match &stamp.rotation {
            None => None,
            Some(hash) => {
                let bytes = std::fs::read(self.rotation_path(dims)).ok()?;
                let rotation = Rotation::from_bytes(&bytes).ok()?;
                if rotation.hash() != *hash {
                    return None;
                }
                Some(Arc::new(rotation))
            }
        };
        let disk_bytes = std::fs::metadata(&path).map(|meta| meta.len()).unwrap_or_default();
        fits.then(|| Built {
            projection: Projection { dims, rotation },
            index,
            rescored: stamp.rescored,
            disk_bytes: AtomicU64::new(disk_bytes),
            unsaved: AtomicBool::new(false),
        })
    }

    /// Compares store, index and snapshot. Changes wait meanwhile.
    pub(crate) fn examine(&self, store: &Store) -> Result<Examination, EngineError> {
        let _changes = self.lock_changes();
        let Some(built) = self.current() else {
            let dims = store.settings()?.dims.of(self.model.dims);
            return Ok(Examination { dims, ..Examination::default() });
        };
        let mut found = Examination { dims: built.projection.dims, is_built: true, ..Examination::default() };
        let mut outcome = Ok(None);
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            found.stored += 1;
            outcome = built.index.cosine(id, &built.projection.apply(full));
            match outcome {
                Ok(None) => found.missing += 1,
                Ok(Some(cosine)) if cosine < SAME && vector::dot(full, full) > 0.0 => found.wrong += 1,
                Ok(Some(_)) => {}
                Err(_) => return ControlFlow::Break(()),
            }
            ControlFlow::Continue(())
        })?;
        outcome?;
        found.foreign = (built.index.len() + found.missing).saturating_sub(found.stored);
        let path = self.snapshot_path(built.projection.dims);
        found.bad_snapshot = path.exists() && self.load(built.projection.dims).is_none();
        Ok(found)
    }

    /// Adds what the store has and the index has not. `false`: the index holds vectors that the store does not,
    /// so it must be built again.
    fn catch_up(&self, store: &Store, built: &Built) -> Result<bool, EngineError> {
        let mut outcome = Ok(());
        let mut stored = 0usize;
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            stored += 1;
            if !built.index.contains(id) {
                outcome = built.index.add(id, &built.projection.apply(full));
                built.unsaved.store(true, Memory::Release);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        Ok(built.index.len() == stored)
    }

    /// Finds out how many candidates the graph needs, and how many of the index's are to be scored again.
    fn measure(&self, store: &Store, built: &mut Built) -> Result<(), EngineError> {
        if built.index.len() < MEASURED_FROM {
            return Ok(());
        }
        built.index.calibrate(RECALL)?;
        if built.projection.dims >= self.model.dims {
            return Ok(());
        }
        let full = self.full_rows(store, None)?;
        let sampled: KeySet = full.keys().iter().copied().collect();
        let filter = if full.len() < built.index.len() { Filter::Keys(&sampled) } else { Filter::All };
        let queries = full.queries_between(MEASURING_QUERIES);
        let places = Places::find(&full, &queries, |query, k| {
            let query = built.projection.apply(query);
            let search = Search { filter, prefer: Prefer::Exact, ..Search::new(&query, k) };
            Ok(built.index.find(&search)?.hits)
        })?;
        built.rescored = places.candidates(RECALL).unwrap_or(MAX_RESCORED).min(MAX_RESCORED);
        Ok(())
    }

    /// How many vectors were measured, whether they were rotated, and what each choice of dimensions and storage costs.
    pub(crate) fn costs(&self, store: &Store) -> Result<(usize, bool, Vec<Cost>), EngineError> {
        // A model that was trained to be cut is not rotated.
        let rotation = if self.model.matryoshka.is_empty() { self.fit(store, 1)? } else { None };
        let full = self.full_rows(store, rotation.as_ref())?;
        let queries = full.queries_between(MEASURING_QUERIES);
        let mut dims: Vec<usize> = KeptDims::ALL.map(|choice| choice.of(self.model.dims)).into();
        dims.dedup();
        let forms: Vec<(usize, Storage)> =
            dims.into_iter().flat_map(|dims| Storage::ALL.map(|storage| (dims, storage))).collect();
        Ok((full.len(), rotation.is_some(), costs(&full, &queries, &forms, RECALL)?))
    }

    /// The stored vectors, or as many of them as are measured, spread over the library.
    fn full_rows(&self, store: &Store, rotation: Option<&Rotation>) -> Result<Rows, EngineError> {
        let count = usize::try_from(store.vector_count(self.space, &self.model.id)?).unwrap_or_default();
        let step = count.div_ceil(MEASURED).max(1);
        let mut rows = Rows::new(self.model.dims, Storage::F16)?;
        rows.reserve(count.div_ceil(step));
        let (mut at, mut outcome) = (0usize, Ok(true));
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            if at.is_multiple_of(step) {
                outcome = match rotation {
                    Some(rotation) => rows.put(id, &rotation.apply(full, self.model.dims)),
                    None => rows.put(id, full),
                };
            }
            at += 1;
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        Ok(rows)
    }

    fn fit(&self, store: &Store, dims: usize) -> Result<Option<Rotation>, EngineError> {
        if dims >= self.model.dims || self.is_matryoshka(dims) || !self.has_enough_samples(store)? {
            return Ok(None);
        }
        // Every n-th vector, so that the sample spans the library and not its oldest folder.
        let count = store.vector_count(self.space, &self.model.id)? as usize;
        let step = count.div_ceil(MAX_ROTATION_SAMPLES).max(1);
        let mut samples = Vec::with_capacity(count.div_ceil(step) * self.model.dims);
        let mut at = 0usize;
        store.for_each_vector(self.space, &self.model.id, &mut |_, full| {
            if at.is_multiple_of(step) {
                samples.extend_from_slice(full);
            }
            at += 1;
            ControlFlow::Continue(())
        })?;
        Ok(Some(Rotation::fit(&samples, self.model.dims, MAX_ROTATION_SAMPLES)))
    }

    fn has_enough_samples(&self, store: &Store) -> Result<bool, EngineError> {
        let count = store.vector_count(self.space, &self.model.id)?;
        Ok(count >= self.model.dims as u64 * SAMPLES_PER_DIM)
    }

    fn is_matryoshka(&self, dims: usize) -> bool {
        self.model.matryoshka.contains(&dims)
    }

    fn stem(&self, dims: usize) -> String {
        format!("{}-{}-{dims}", name(self.space), self.model.id)
    }

    fn snapshot_path(&self, dims: usize) -> PathBuf {
        self.dir.join(self.stem(dims) + ".index")
    }

    fn rotation_path(&self, dims: usize) -> PathBuf {
        self.dir.join(self.stem(dims) + ".rotation")
    }

    /// Snapshots of other dimensions are stale from now on.
    fn drop_other_snapshots(&self, dims: usize) {
        for other in KeptDims::ALL.map(|choice| choice.of(self.model.dims)) {
            if other != dims {
                let _ = std::fs::remove_file(self.snapshot_path(other));
                let _ = std::fs::remove_file(self.rotation_path(other));
            }
        }
    }
}

/// Candidates to score again for ten hits, before it was measured.
fn rescored(dims: usize, full: usize) -> usize {
    if dims >= full {
        return 10;
    }
    RESCORED.iter().find(|(upto, _)| dims <= *upto).map_or(10, |(_, candidates)| *candidates)
}

fn best_first(a: &(i64, f32), b: &(i64, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Writes a file of Cairn's own so that it is the old one or the new one, whole, whatever happens.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let temporary = path.with_extension("part");
    let mut file = std::fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}
