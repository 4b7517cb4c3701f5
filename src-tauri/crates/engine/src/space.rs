//! One vector space at work: the index in memory, how full vectors become indexed ones, and the snapshot on disk.
//!
//! The vectors in the store are the truth. Whatever is wrong with a snapshot, the index is built again from them,
//! and until it is there, the store itself is scanned: slower, never wrong.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering as Memory};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cairn_core::{Control, IndexForm, Progress, Space, Storage, vector};
use cairn_embed::ModelEntry;
use cairn_index::{Filter, IndexError, KeySet, Places, Prefer, Rows, Search, Stamp, VectorIndex, cost};
use cairn_insight::rotation::{self, Rotation};
use cairn_store::Store;
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::api::FormCost;
use crate::dimensions::forms;
use crate::error::EngineError;
use crate::jobs::JobContext;

/// A rotation is fitted once there are this many vectors for each dimension of the model; below it the plain
/// prefix is kept, and re-scoring makes up for it.
const SAMPLES_PER_DIM: u64 = 2;
/// A rotation fitted anew has to keep so much more of the vectors' squares (0 to 1) to be worth building an index again.
const DRIFT: f32 = 0.01;
/// At most this many vectors take part in fitting a rotation.
const MAX_ROTATION_SAMPLES: usize = 20_000;
/// Recall@10 against an exact search of its own vectors that a graph has to reach.
const RECALL: f32 = 0.99;
/// Recall@10 against an exact search of the full vectors that a shortened index has to reach once its hits were scored again.
const RESCORED_RECALL: f32 = 0.995;
/// Ten hits of a shortened index are the best of so many candidates that are scored again, until it was measured.
const RESCORED: [(usize, usize); 4] = [(64, 80), (128, 40), (256, 20), (usize::MAX, 10)];
/// As before, for an index of single bits.
const RESCORED_BITS: usize = 200;
/// However bad a shortened index is, so many candidates are enough: each costs a look into the library.
const MAX_RESCORED: usize = 400;
/// An index is measured once it has so many vectors; below, a scan answers, and nothing needs many candidates.
const MEASURED_FROM: usize = 2_000;
/// At most so many vectors, at full length, are in memory while an index is measured.
const MEASURED: usize = 100_000;
/// Ids, and the vectors under them one after another.
type Batch = (Vec<i64>, Vec<f32>);

/// From so many vectors on they are linked into a graph; looking at each of fewer takes a few milliseconds.
pub(crate) const LINKED_FROM: usize = 50_000;
/// A graph is built again once this share of it was taken out or replaced: links made for what is gone cost recall.
const WORN: f32 = 0.5;
/// The most threads that link vectors.
const MAX_BUILDERS: usize = 8;
/// Vectors that are handed to such a thread at once.
const BUILT_AT_ONCE: usize = 256;
/// Queries that an index is measured with.
const MEASURING_QUERIES: usize = 100;

/// How many numbers of each vector an index keeps, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub dims: usize,
    pub storage: Storage,
}

impl Shape {
    /// A form, for the vectors of a model.
    pub(crate) fn of(form: IndexForm, model: &ModelEntry) -> Shape {
        Shape { dims: form.dims.of(model.dims), storage: form.storage }
    }
}

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

    /// As [`Projection::apply`], for vectors of `full_dims` numbers one after another.
    fn apply_all(&self, vectors: &[f32], full_dims: usize) -> Vec<f32> {
        match &self.rotation {
            Some(rotation) => rotation.apply_all(vectors, self.dims),
            None => {
                vectors.chunks_exact(full_dims).flat_map(|full| rotation::prefix(full, self.dims)).collect()
            }
        }
    }
}

/// An index and how it came to be.
struct Built {
    projection: Projection,
    index: VectorIndex,
    /// Candidates that are scored again to find ten hits.
    rescored: usize,
    /// How many vectors there were when the rotation was fitted, or last found to be still good.
    fitted_on: AtomicU64,
    disk_bytes: AtomicU64,
    /// Whether the index holds something that its snapshot does not.
    unsaved: AtomicBool,
}

impl Built {
    fn empty(projection: Projection, storage: Storage, full: usize) -> Result<Self, EngineError> {
        Ok(Built {
            index: VectorIndex::new(projection.dims, storage)?,
            rescored: rescored(Shape { dims: projection.dims, storage }, full),
            projection,
            fitted_on: AtomicU64::new(0),
            disk_bytes: AtomicU64::new(0),
            unsaved: AtomicBool::new(true),
        })
    }

    fn needs_linking(&self) -> bool {
        self.index.len() >= LINKED_FROM && !self.index.is_linked()
    }

    fn is_worn(&self) -> bool {
        self.index.len() >= LINKED_FROM && self.index.is_linked() && self.index.churn() > WORN
    }

    /// A vector of the model's full length, already in the store. It is linked where the others are.
    fn add(&self, id: i64, full: &[f32]) -> Result<(), IndexError> {
        let vector = self.projection.apply(full);
        if self.index.len() >= LINKED_FROM && self.index.is_linked() {
            self.index.add(id, &vector)
        } else {
            self.index.put(id, &vector)
        }
    }

    fn shape(&self) -> Shape {
        Shape { dims: self.projection.dims, storage: self.index.storage() }
    }
}

/// Cosine of a vector and its indexed form from which on they count as the same.
const SAME: f32 = 0.999;

/// What a comparison of store, index and snapshot found.
#[derive(Debug)]
pub(crate) struct Examination {
    pub shape: Shape,
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
    fn nothing(shape: Shape) -> Self {
        let (is_built, bad_snapshot) = (false, false);
        Examination { shape, is_built, stored: 0, missing: 0, wrong: 0, foreign: 0, bad_snapshot }
    }

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
        let Shape { dims, storage } = self.shape;
        format!(
            "{} vectors, all in the index as stored, {dims} dimensions as {}",
            self.stored,
            storage.name()
        )
    }
}

/// What a search of a space found.
pub(crate) struct Near {
    /// Items with the cosine of the full vectors, best first.
    pub hits: Vec<(i64, f32)>,
    /// Who found them and why it was asked, in words.
    pub plan: String,
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
    /// Of the index at work; while there is none, what the model's own vectors have.
    pub shape: Shape,
    pub rotated: bool,
    pub memory_bytes: u64,
    pub disk_bytes: u64,
}

impl VectorSpace {
    /// Opens the space with the snapshot of this shape, where there is a whole one; vectors it misses are added. Without one the space answers by scanning the store until [`VectorSpace::build`] was called.
    pub(crate) fn open(
        store: &Store,
        space: Space,
        model: &'static ModelEntry,
        dir: &Path,
        shape: Shape,
    ) -> Result<Self, EngineError> {
        let opened = VectorSpace {
            space,
            model,
            dir: dir.to_owned(),
            built: RwLock::new(None),
            changes: Mutex::new(()),
        };
        if store.vector_count(space, &model.id)? == 0 {
            let projection = Projection { dims: shape.dims, rotation: None };
            opened.swap(Built::empty(projection, shape.storage, model.dims)?);
        } else if let Some(built) = opened.load(shape)
            && opened.catch_up(store, &built)?
        {
            opened.swap(built);
        }
        Ok(opened)
    }

    pub(crate) fn is_built(&self) -> bool {
        self.current().is_some()
    }

    /// Whether a search finds less than it should until the index is built again.
    pub(crate) fn is_worn(&self) -> bool {
        self.current().is_some_and(|built| built.is_worn())
    }

    pub(crate) fn facts(&self) -> SpaceFacts {
        match self.current() {
            Some(built) => SpaceFacts {
                shape: built.shape(),
                rotated: built.projection.rotation.is_some(),
                memory_bytes: built.index.memory_bytes() as u64,
                disk_bytes: built.disk_bytes.load(Memory::Relaxed),
            },
            None => SpaceFacts {
                shape: Shape { dims: self.model.dims, storage: Storage::F32 },
                rotated: false,
                memory_bytes: 0,
                disk_bytes: 0,
            },
        }
    }

    /// Whether a shortened index should be built again: it keeps a plain prefix although there are now enough vectors to
    /// fit a rotation; or its rotation was fitted on a library that has doubled since, and one fitted now keeps clearly more.
    pub(crate) fn deserves_rotation(&self, store: &Store) -> Result<bool, EngineError> {
        let Some(built) = self.current() else { return Ok(false) };
        let dims = built.projection.dims;
        if dims >= self.model.dims || self.is_matryoshka(dims) || !self.has_enough_samples(store)? {
            return Ok(false);
        }
        let Some(rotation) = &built.projection.rotation else { return Ok(true) };
        let count = built.index.len() as u64;
        if count < 2 * built.fitted_on.load(Memory::Relaxed) {
            return Ok(false);
        }
        let samples = self.samples(store)?;
        let fresh = Rotation::fit(&samples, self.model.dims, MAX_ROTATION_SAMPLES);
        let gain = fresh.kept(&samples, dims) - rotation.kept(&samples, dims);
        // Looked at again once the library has doubled once more.
        built.fitted_on.store(count, Memory::Relaxed);
        built.unsaved.store(true, Memory::Release);
        tracing::debug!(space = self.space.name(), gain, "compared the rotation with one fitted now");
        Ok(gain > DRIFT)
    }

    /// New vectors, already in the store.
    pub(crate) fn add(&self, vectors: &[(i64, Vec<f32>)]) -> Result<(), EngineError> {
        let _changes = self.lock_changes();
        let Some(built) = self.current() else { return Ok(()) };
        for (id, full) in vectors {
            built.add(*id, full)?;
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

    /// The items nearest to a query of the model's full length, best first, with the cosine of the full vectors; only those
    /// `allowed`.
    pub(crate) fn search(
        &self,
        store: &Store,
        query: &[f32],
        limit: usize,
        allowed: Option<&KeySet>,
    ) -> Result<Near, EngineError> {
        let filter = allowed.map_or(Filter::All, Filter::Keys);
        let Some(built) = self.current() else {
            let plan = "Looked at each vector of the library: the index is still being built.".into();
            return Ok(Near { hits: self.scan(store, query, limit, &filter)?, plan });
        };
        let wanted = (limit * built.rescored).div_ceil(10);
        let query_kept = built.projection.apply(query);
        let found = built.index.find(&Search { filter, ..Search::new(&query_kept, wanted) })?;
        let candidates: Vec<i64> = found.hits.into_iter().map(|hit| hit.key).collect();
        let mut scored: Vec<(i64, f32)> = store
            .vectors(self.space, &self.model.id, &candidates)?
            .into_iter()
            .map(|(id, full)| (id, vector::dot(query, &full)))
            .collect();
        scored.sort_by(best_first);
        scored.truncate(limit);
        let Shape { dims, storage } = built.shape();
        let plan = format!(
            "{} {} of {} dimensions as {}, {wanted} hits scored again at full length.",
            found.plan.why,
            if built.projection.rotation.is_some() { "Rotated to the first" } else { "The first" },
            dims,
            storage.name()
        );
        Ok(Near { hits: scored, plan })
    }

    fn scan(
        &self,
        store: &Store,
        query: &[f32],
        limit: usize,
        filter: &Filter<'_>,
    ) -> Result<Vec<(i64, f32)>, EngineError> {
        let mut scored = Vec::new();
        store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
            if filter.allows(id) {
                scored.push((id, vector::dot(query, full)));
            }
            ControlFlow::Continue(())
        })?;
        scored.sort_by(best_first);
        scored.truncate(limit);
        Ok(scored)
    }

    /// Builds an index of this shape from the stored vectors while the present one answers, then swaps.
    pub(crate) fn build(
        &self,
        store: &Store,
        shape: Shape,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), EngineError> {
        let total = store.vector_count(self.space, &self.model.id)?;
        progress.start_phase("Preparing the dimensions", 0);
        let rotation = self.fit(store, shape.dims)?.map(Arc::new);
        let projection = Projection { dims: shape.dims, rotation };
        let mut built = Built::empty(projection, shape.storage, self.model.dims)?;
        built.fitted_on.store(total, Memory::Relaxed);
        built.index.reserve_rows(usize::try_from(total).unwrap_or_default());
        progress.start_phase("Building the index", total);
        self.fill(store, &built, control, progress)?;
        progress.start_phase("Measuring the index", 0);
        self.measure(store, &mut built)?;
        {
            let _changes = self.lock_changes();
            self.catch_up(store, &built)?;
            self.swap(built);
        }
        self.save(store)?;
        self.link(store, control, progress)
    }

    /// Whether there are so many vectors that a graph would help, and it lacks some.
    pub(crate) fn needs_linking(&self) -> bool {
        self.current().is_some_and(|built| built.needs_linking())
    }

    /// Links the vectors of the index at work into its graph, where there are enough for it to help. Searches go on, by
    /// looking at every vector.
    pub(crate) fn link(
        &self,
        store: &Store,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), EngineError> {
        let Some(built) = self.current().filter(|built| built.needs_linking()) else { return Ok(()) };
        progress.start_phase("Linking the vectors", built.index.len() as u64);
        built.index.link(builders(), &|| {
            progress.advance(1);
            control.checkpoint().is_ok()
        })?;
        control.checkpoint()?;
        built.index.calibrate(RECALL)?;
        built.unsaved.store(true, Memory::Release);
        self.save(store)
    }

    /// Puts every stored vector into an index that is not at work yet. One thread reads them, others project them.
    fn fill(
        &self,
        store: &Store,
        built: &Built,
        control: &Control,
        progress: &Progress,
    ) -> Result<(), EngineError> {
        let (sender, receiver) = bounded::<Batch>(2 * builders());
        // Each end of the channel belongs to who uses it: where one side fails, the other sees it and does not wait for ever.
        let add = |receiver: Receiver<Batch>| -> Result<(), EngineError> {
            for (ids, full) in receiver {
                let kept = built.projection.apply_all(&full, self.model.dims);
                for (id, vector) in ids.iter().zip(kept.chunks_exact(built.projection.dims)) {
                    built.index.put(*id, vector)?;
                }
                progress.advance(ids.len() as u64);
            }
            Ok(())
        };
        let read = |sender: Sender<Batch>| -> Result<(), EngineError> {
            let mut batch = Batch::default();
            let mut outcome = Ok(());
            store.for_each_vector(self.space, &self.model.id, &mut |id, full| {
                batch.0.push(id);
                batch.1.extend_from_slice(full);
                if batch.0.len() == BUILT_AT_ONCE {
                    outcome = control.checkpoint();
                    // Nobody receives any more where adding failed; its error is the one to tell.
                    let sent = sender.send(std::mem::take(&mut batch));
                    if outcome.is_err() || sent.is_err() {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
            outcome?;
            let _ = sender.send(batch);
            Ok(())
        };
        std::thread::scope(|scope| {
            let receivers = vec![receiver; builders()];
            let adding: Vec<_> =
                receivers.into_iter().map(|receiver| scope.spawn(move || add(receiver))).collect();
            let read = read(sender);
            for thread in adding {
                thread
                    .join()
                    .map_err(|_| EngineError::internal("building the index stopped in the middle"))??;
            }
            read
        })
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
            write_whole(&self.rotation_path(built.shape()), &rotation.to_bytes())
                .map_err(|error| EngineError::io("save the rotation of the index", error))?;
        }
        let stamp = Stamp {
            space: self.space.name().to_owned(),
            model: self.model.id.clone(),
            full_dims: self.model.dims,
            dims: built.projection.dims,
            storage: built.index.storage(),
            rotation: built.projection.rotation.as_ref().map(|rotation| rotation.hash()),
            rescored: built.rescored,
            fitted_on: built.fitted_on.load(Memory::Relaxed),
            generation: store.generation()?,
            count: built.index.len() as u64,
        };
        let bytes = built.index.save(&self.snapshot_path(built.shape()), &stamp)?;
        built.disk_bytes.store(bytes, Memory::Relaxed);
        self.drop_other_snapshots(built.shape());
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

    /// The snapshot, where it is whole and fits the model and the shape.
    fn load(&self, shape: Shape) -> Option<Built> {
        let path = self.snapshot_path(shape);
        let (index, stamp) = VectorIndex::load(&path).ok()??;
        let fits = stamp.space == self.space.name()
            && stamp.model == self.model.id
            && stamp.full_dims == self.model.dims
            && (stamp.dims, stamp.storage) == (shape.dims, shape.storage)
            && (10..=MAX_RESCORED).contains(&stamp.rescored);
        let rotation = match &stamp.rotation {
            None => None,
            Some(hash) => {
                let bytes = std::fs::read(self.rotation_path(shape)).ok()?;
                let rotation = Rotation::from_bytes(&bytes).ok()?;
                if rotation.hash() != *hash {
                    return None;
                }
                Some(Arc::new(rotation))
            }
        };
        let disk_bytes = std::fs::metadata(&path).map(|meta| meta.len()).unwrap_or_default();
        fits.then(|| Built {
            projection: Projection { dims: shape.dims, rotation },
            index,
            rescored: stamp.rescored,
            fitted_on: AtomicU64::new(stamp.fitted_on),
            disk_bytes: AtomicU64::new(disk_bytes),
            unsaved: AtomicBool::new(false),
        })
    }

    /// Compares store, index and snapshot. Changes wait meanwhile.
    pub(crate) fn examine(&self, store: &Store) -> Result<Examination, EngineError> {
        let _changes = self.lock_changes();
        let Some(built) = self.current() else {
            let shape = Shape::of(store.settings()?.form(self.space).now, self.model);
            return Ok(Examination::nothing(shape));
        };
        let mut found = Examination { is_built: true, ..Examination::nothing(built.shape()) };
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
        let path = self.snapshot_path(built.shape());
        found.bad_snapshot = path.exists() && self.load(built.shape()).is_none();
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
                outcome = built.add(id, full);
                built.unsaved.store(true, Memory::Release);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        Ok(built.index.len() == stored)
    }

    /// Finds out how many of the index's hits are to be scored again.
    fn measure(&self, store: &Store, built: &mut Built) -> Result<(), EngineError> {
        if built.index.len() < MEASURED_FROM {
            return Ok(());
        }
        if built.projection.dims >= self.model.dims && !is_coarse(built.index.storage()) {
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
        built.rescored = places.candidates(RESCORED_RECALL).unwrap_or(MAX_RESCORED).min(MAX_RESCORED);
        Ok(())
    }

    /// What each form costs: how many vectors were measured, with how many queries made of them (`starred` ones come
    /// beside them), and the costs.
    pub(crate) fn costs(
        &self,
        store: &Store,
        forms: &[IndexForm],
        starred: &[Vec<f32>],
        job: &JobContext,
    ) -> Result<(usize, usize, Vec<FormCost>), EngineError> {
        let rotation = if self.would_rotate(store)? { self.fit(store, 1)? } else { None };
        let full = self.full_rows(store, rotation.as_ref())?;
        let mut queries = full.queries_between(MEASURING_QUERIES);
        let made = queries.len();
        queries.extend(starred.iter().map(|query| match &rotation {
            Some(rotation) => rotation.apply(query, self.model.dims),
            None => query.clone(),
        }));
        let most = (MAX_RESCORED, RESCORED_RECALL);
        let mut costs = Vec::with_capacity(forms.len());
        for form in forms {
            job.control.checkpoint()?;
            let mut outcome = Ok(());
            let Shape { dims, storage } = Shape::of(*form, self.model);
            let cost = cost(&full, &queries, (dims, storage), most, |query, candidates| {
                // Which vectors they are compared with does not matter here: the time does.
                match store.vectors(self.space, &self.model.id, candidates) {
                    Ok(found) => {
                        std::hint::black_box(
                            found.iter().map(|(_, full)| vector::dot(query, full)).sum::<f32>(),
                        );
                    }
                    Err(error) => outcome = Err(error),
                }
            })?;
            outcome?;
            costs.push(FormCost {
                form: *form,
                recall: cost.recall,
                rescored_recall: cost.rescored_recall,
                candidates: cost.candidates,
                p50_ms: cost.p50_ms,
                p95_ms: cost.p95_ms,
            });
            job.progress.advance(1);
        }
        Ok((full.len(), made, costs))
    }

    /// Whether shortened vectors are those of a rotation: the model was not trained to be cut, and there are enough.
    pub(crate) fn would_rotate(&self, store: &Store) -> Result<bool, EngineError> {
        Ok(self.model.matryoshka.is_empty() && self.has_enough_samples(store)?)
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
        Ok(Some(Rotation::fit(&self.samples(store)?, self.model.dims, MAX_ROTATION_SAMPLES)))
    }

    /// Vectors to fit a rotation on, one after another.
    fn samples(&self, store: &Store) -> Result<Vec<f32>, EngineError> {
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
        Ok(samples)
    }

    fn has_enough_samples(&self, store: &Store) -> Result<bool, EngineError> {
        let count = store.vector_count(self.space, &self.model.id)?;
        Ok(count >= self.model.dims as u64 * SAMPLES_PER_DIM)
    }

    fn is_matryoshka(&self, dims: usize) -> bool {
        self.model.matryoshka.contains(&dims)
    }

    fn stem(&self, Shape { dims, storage }: Shape) -> String {
        format!("{}-{}-{dims}-{}", self.space.name(), self.model.id, storage.name())
    }

    fn snapshot_path(&self, shape: Shape) -> PathBuf {
        self.dir.join(self.stem(shape) + ".index")
    }

    fn rotation_path(&self, shape: Shape) -> PathBuf {
        self.dir.join(self.stem(shape) + ".rotation")
    }

    /// Snapshots of other shapes are stale from now on.
    fn drop_other_snapshots(&self, shape: Shape) {
        for form in forms(self.model) {
            let other = Shape::of(form, self.model);
            if other != shape {
                let _ = std::fs::remove_file(self.snapshot_path(other));
                let _ = std::fs::remove_file(self.rotation_path(other));
            }
        }
    }
}

/// Threads that link vectors while an index is built. One core is left for searches.
fn builders() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |cores| cores.get().saturating_sub(1).clamp(1, MAX_BUILDERS))
}

/// Whether vectors in this form have to be scored again although none of their numbers is left out.
fn is_coarse(storage: Storage) -> bool {
    matches!(storage, Storage::Int8 | Storage::Binary)
}

/// Candidates to score again for ten hits, before it was measured.
fn rescored(Shape { dims, storage }: Shape, full: usize) -> usize {
    let shortened = if dims < full { dims } else { usize::MAX };
    let candidates =
        RESCORED.iter().find(|(upto, _)| shortened <= *upto).map_or(10, |(_, candidates)| *candidates);
    match storage {
        Storage::F32 | Storage::F16 => candidates,
        Storage::Int8 => candidates.max(20),
        Storage::Binary => RESCORED_BITS,
    }
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
