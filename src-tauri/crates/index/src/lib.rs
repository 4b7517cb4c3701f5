//! One vector space: add, replace, remove, search by cosine, and a snapshot that survives a crash.
//!
//! There are two searchers. [`Rows`] keep every vector in one buffer and look at each: they miss nothing, under any
//! filter. A graph (usearch's HNSW) says which rows are worth a look, for a search of very many. [`VectorIndex`] keeps
//! both and chooses ([`Plan`] says why).
//!
//! An index is a cache. The vectors live in the library's database; whatever is wrong with a snapshot, it is
//! dropped and built again.

mod calibrate;
mod filter;
mod gate;
mod graph;
mod graph_check;
mod kernels;
mod measure;
mod plan;
mod rows;
mod snapshot;
mod storage;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

pub use crate::calibrate::Calibration;
pub use crate::filter::{Filter, KeySet};
use crate::graph::{Graph, RESERVED_KEY};
pub use crate::measure::{Cost, Places, cost};
use crate::plan::Situation;
pub use crate::plan::{Plan, Prefer, Searcher};
pub use crate::rows::{Query, Rows};
use crate::snapshot::Head;
pub use crate::storage::Storage;

/// Candidates of the graph that make recall@10 above 0.99 on sentence embeddings, until it was measured on the index
/// itself.
const EFFORT: usize = 128;
/// So many candidates of the graph are scored by the rows for each hit, and so many more.
const SCORED: usize = 2;
const SCORED_MORE: usize = 16;
/// The largest number of dimensions that is taken for real.
const MAX_DIMS: usize = 65_536;

/// What a snapshot was made of. A reader compares it with what the library says now, and rebuilds the index
/// where they differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Which space: text or photo.
    pub space: String,
    /// Registry id of the model that made the vectors.
    pub model: String,
    /// Dimensions of the model.
    pub full_dims: usize,
    /// Dimensions kept in the index.
    pub dims: usize,
    /// The form its numbers are kept in.
    pub storage: Storage,
    /// Hash of the rotation applied before truncation; `None`: the model's own dimensions.
    pub rotation: Option<String>,
    /// Candidates of this index that are scored again with full vectors to find ten hits.
    pub rescored: usize,
    /// Vectors that there were when the rotation was fitted.
    #[serde(default)]
    pub fitted_on: u64,
    /// The library's generation that the index reflects.
    pub generation: u64,
    /// Vectors in the index.
    pub count: u64,
}

/// How large an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes in memory.
    pub memory_bytes: u64,
    /// Bytes of its snapshot on disk.
    pub disk_bytes: u64,
}

/// One neighbour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The key it was added under.
    pub key: i64,
    /// Cosine of the angle to the query, -1 to 1.
    pub score: f32,
}

/// Why the index refused.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The vector has another length than the index.
    #[error("the index holds vectors of {expected} dimensions, not {got}; rebuild it for this model")]
    Dimensions {
        /// Dimensions of the index.
        expected: usize,
        /// Dimensions of the vector.
        got: usize,
    },
    /// The index cannot have this many dimensions.
    #[error("an index has 1 to {MAX_DIMS} dimensions, not {0}")]
    Shape(usize),
    /// The vector holds a NaN or an infinity.
    #[error("the vector of {0} is not finite; embed it again")]
    NotFinite(String),
    /// The key is used by the index itself.
    #[error("the key {0} is reserved; use any other")]
    ReservedKey(i64),
    /// A snapshot could not be written or read.
    #[error("{path}: {source}; check the disk's space and permissions", path = path.display())]
    Io {
        /// The snapshot.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// usearch failed: almost always out of memory.
    #[error("the vector index failed ({0}); free some memory and rebuild it")]
    Engine(String),
}

/// Result of this crate.
pub type Result<T, E = IndexError> = std::result::Result<T, E>;

/// What to search for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// As many numbers as the index has dimensions; any length but zero.
    pub query: &'a [f32],
    /// At most this many hits.
    pub k: usize,
    /// Which keys may be returned.
    pub filter: Filter<'a>,
    /// What the caller wishes.
    pub prefer: Prefer,
    /// Threads that a scan may use.
    pub threads: usize,
}

impl<'a> Search<'a> {
    /// The `k` nearest of all vectors, on one thread.
    pub fn new(query: &'a [f32], k: usize) -> Self {
        Search { query, k, filter: Filter::All, prefer: Prefer::Speed, threads: 1 }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Who found them, and why it was asked.
    pub plan: Plan,
}

/// Vectors under keys, searched by cosine. Every method may be called from any number of threads at once.
///
/// Vectors are scaled to length one and kept in the form of a [`Storage`]: see there how far scores may differ from those
/// of the full vectors; who needs more scores the hits again.
pub struct VectorIndex {
    dims: usize,
    storage: Storage,
    rows: RwLock<Rows>,
    /// `None` for bits: a scan reads so little that a graph is no quicker.
    graph: Option<Graph>,
    /// Keys that are in the rows and on purpose not in the graph.
    unlinked: Mutex<HashSet<i64>>,
    /// Shared by those that add new keys, held alone by those that need rows and graph to agree meanwhile.
    /// Taken before any other lock.
    order: RwLock<()>,
    /// Candidates that the graph needs for a few hits to be the right ones.
    effort: AtomicUsize,
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl VectorIndex {
    /// An empty index for vectors of `dims` dimensions (1 to 65,536).
    pub fn new(dims: usize, storage: Storage) -> Result<Self> {
        let rows = Rows::new(dims, storage)?;
        let graph = if storage == Storage::Binary { None } else { Some(Graph::new(dims)?) };
        Ok(Self::of_parts(rows, graph, EFFORT))
    }

    fn of_parts(rows: Rows, graph: Option<Graph>, effort: usize) -> Self {
        VectorIndex {
            dims: rows.dims(),
            storage: rows.storage(),
            rows: RwLock::new(rows),
            graph,
            unlinked: Mutex::default(),
            order: RwLock::new(()),
            effort: AtomicUsize::new(effort),
        }
    }

    /// About how large an index of so many vectors would be, with a graph where `linked` and the storage has one.
    pub fn estimate(dims: usize, storage: Storage, vectors: u64, linked: bool) -> Size {
        let row = Rows::bytes_of_row(dims, storage);
        let graph =
            if linked && storage != Storage::Binary { Graph::estimate(dims, vectors) } else { (0, 0) };
        Size { memory_bytes: vectors * row.0 + graph.0, disk_bytes: vectors * row.1 + graph.1 }
    }

    /// Dimensions of every vector in the index.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The form the vectors are kept in.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Vectors in the index.
    pub fn len(&self) -> usize {
        read(&self.rows).len()
    }

    /// Whether there is no vector in the index.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the vectors and the graph take in memory.
    pub fn memory_bytes(&self) -> usize {
        read(&self.rows).memory_bytes() + self.graph.as_ref().map_or(0, Graph::memory_bytes)
    }

    /// Nodes ever removed from the graph, as a share of the vectors in it. Removed nodes leave stale links
    /// behind; above about one half it pays to build the index again.
    pub fn churn(&self) -> f32 {
        let removed = self.graph.as_ref().map_or(0, Graph::removed);
        removed as f32 / self.len().max(1) as f32
    }

    /// Whether there is a vector under `key`.
    pub fn contains(&self, key: i64) -> bool {
        read(&self.rows).contains(key)
    }

    /// Cosine of the vector under `key` with this one; `None`: there is none under it.
    pub fn cosine(&self, key: i64, vector: &[f32]) -> Result<Option<f32>> {
        let rows = read(&self.rows);
        let unit = rows.unit(vector, || format!("item {key}"))?;
        Ok(rows.score(&rows.query_of_unit(unit), [key]).first().map(|hit| hit.score))
    }

    /// Every key, in no order.
    pub fn keys(&self) -> Vec<i64> {
        read(&self.rows).keys().to_vec()
    }

    /// Makes room for `more` vectors, so that adding them moves nothing.
    pub fn reserve(&self, more: usize) -> Result<()> {
        self.reserve_rows(more);
        let _alone = write(&self.order);
        self.graph.as_ref().map_or(Ok(()), |graph| graph.make_room(more))
    }

    /// As [`VectorIndex::reserve`], for vectors that are not to be linked.
    pub fn reserve_rows(&self, more: usize) {
        let _alone = write(&self.order);
        write(&self.rows).reserve(more);
    }

    /// Whether the graph, if this storage has one, holds every vector. Only then does it answer; until then a scan does.
    pub fn is_linked(&self) -> bool {
        self.unlinked().is_empty()
    }

    fn unlinked(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.unlinked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Links every vector that is not in the graph yet, on so many threads; searches go on, and vectors may come and go
    /// meanwhile. `each` is called for every vector that was linked; when it answers `false`, linking stops early.
    pub fn link(&self, threads: usize, each: &(dyn Fn() -> bool + Sync)) -> Result<()> {
        let Some(graph) = &self.graph else { return Ok(()) };
        let missing: Vec<i64> = self.unlinked().iter().copied().collect();
        {
            let _alone = write(&self.order);
            graph.make_room(missing.len())?;
        }
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = || -> Result<()> {
            while !stopped.load(Ordering::Relaxed)
                && let Some(key) = missing.get(next.fetch_add(1, Ordering::Relaxed))
            {
                self.link_row(graph, *key)?;
                if !each() {
                    stopped.store(true, Ordering::Relaxed);
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(work)).collect();
            let own = work();
            for thread in others {
                thread
                    .join()
                    .map_err(|_| IndexError::Engine("a thread that linked vectors panicked".into()))??;
            }
            own
        })
    }

    /// Links the vector under `key`, unless it is linked or gone by now.
    fn link_row(&self, graph: &Graph, key: i64) -> Result<()> {
        // Nobody removes or replaces it meanwhile.
        let _shared = read(&self.order);
        let Some(vector) = read(&self.rows).vector_of(key) else { return Ok(()) };
        let unit = storage::unit(&vector).unwrap_or(vector);
        if self.unlinked().contains(&key) {
            graph.add(key, &unit)?;
            self.unlinked().remove(&key);
        }
        Ok(())
    }

    /// Puts `vector` under `key`, in place of the vector that was there, without linking it: quick, and until
    /// [`VectorIndex::link`] was called, every search looks at all vectors.
    pub fn put(&self, key: i64, vector: &[f32]) -> Result<()> {
        if key.cast_unsigned() == RESERVED_KEY {
            return Err(IndexError::ReservedKey(key));
        }
        let unit = read(&self.rows).unit(vector, || format!("item {key}"))?;
        let _alone = write(&self.order);
        write(&self.rows).put_unit(key, &unit)?;
        let Some(graph) = &self.graph else { return Ok(()) };
        self.unlinked().insert(key);
        graph.remove(key)
    }

    /// Puts `vector` under `key`, in place of the vector that was there.
    pub fn add(&self, key: i64, vector: &[f32]) -> Result<()> {
        if key.cast_unsigned() == RESERVED_KEY {
            return Err(IndexError::ReservedKey(key));
        }
        let unit = read(&self.rows).unit(vector, || format!("item {key}"))?;
        if !self.add_new(key, &unit)? {
            let _alone = write(&self.order);
            write(&self.rows).put_unit(key, &unit)?;
            self.unlinked().remove(&key);
            self.link_new(key, &unit)?;
        }
        Ok(())
    }

    /// Adds a vector beside other threads that do the same. `false`: the key is taken.
    fn add_new(&self, key: i64, unit: &[f32]) -> Result<bool> {
        let _shared = read(&self.order);
        {
            let mut rows = write(&self.rows);
            if rows.contains(key) {
                return Ok(false);
            }
            rows.put_unit(key, unit)?;
        }
        self.link_new(key, unit)?;
        Ok(true)
    }

    fn link_new(&self, key: i64, unit: &[f32]) -> Result<()> {
        self.graph.as_ref().map_or(Ok(()), |graph| graph.add(key, unit))
    }

    /// Takes the vector under `key` out. `false`: there was none.
    pub fn remove(&self, key: i64) -> Result<bool> {
        let _alone = write(&self.order);
        if !write(&self.rows).remove(key) {
            return Ok(false);
        }
        self.unlinked().remove(&key);
        self.graph.as_ref().map_or(Ok(()), |graph| graph.remove(key))?;
        Ok(true)
    }

    /// The `k` vectors nearest to `query`, best first.
    pub fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        Ok(self.find(&Search::new(query, k))?.hits)
    }

    /// The `k` vectors nearest to `query`, best first, by looking at every one.
    pub fn search_exact(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        Ok(self.find(&Search { prefer: Prefer::Exact, ..Search::new(query, k) })?.hits)
    }

    /// Searches, by the quicker way that finds what is asked for.
    pub fn find(&self, search: &Search<'_>) -> Result<Found> {
        let rows = read(&self.rows);
        let unit = rows.unit(search.query, || "the query".to_owned())?;
        let k = search.k.min(rows.len());
        let plan = self.situation(&rows, k, &search.filter).plan(search.prefer);
        let query = rows.query_of_unit(unit.clone());
        let (Searcher::Graph { candidates }, Some(graph)) = (plan.searcher, &self.graph) else {
            return Ok(Found { hits: rows.scan(&query, k, &search.filter, search.threads), plan });
        };
        // Those who add take the lock of the rows before they enter the graph: it must not be held here.
        drop(rows);
        let mut near = graph.near(&unit, candidates)?;
        near.retain(|key| search.filter.allows(*key));
        // The graph's own order is nearly right: what is far down its list is not among the first.
        near.truncate(SCORED * k + SCORED_MORE);
        let rows = read(&self.rows);
        let hits = rows.best_of(&query, near, k);
        if hits.len() < k && !matches!(search.filter, Filter::All) {
            // Fewer passed the filter than expected: only a scan knows whether there are more.
            let hits = rows.scan(&query, k, &search.filter, search.threads);
            let why = "Looked at each vector that the filter allows: too few of the graph's candidates were allowed.";
            return Ok(Found { hits, plan: Plan { searcher: Searcher::Scan, why: why.to_owned() } });
        }
        Ok(Found { hits, plan })
    }

    fn situation(&self, rows: &Rows, k: usize, filter: &Filter<'_>) -> Situation {
        Situation {
            len: rows.len(),
            allowed: plan::allowed(filter, rows.keys()),
            filtered: !matches!(filter, Filter::All),
            k,
            row_bytes: rows.row_bytes(),
            effort: self
                .graph
                .as_ref()
                .filter(|_| self.is_linked())
                .map(|_| self.effort.load(Ordering::Relaxed)),
        }
    }

    /// Writes a snapshot and returns its bytes on disk. The file at `path` is the old one or the new one,
    /// whole, whatever happens. The stamp is written with the dimensions, the storage and the count that the index has.
    ///
    /// Nothing can be added while the index is written; searches go on, but for the moment in which the graph is copied.
    pub fn save(&self, path: &Path, stamp: &Stamp) -> Result<u64> {
        let _alone = write(&self.order);
        let rows = read(&self.rows);
        // A graph that lacks vectors is not worth keeping.
        let whole = self.graph.as_ref().filter(|_| self.is_linked());
        let graph = whole.map_or(Ok(Vec::new()), Graph::saved)?;
        let count = rows.len() as u64;
        let head = Head {
            stamp: Stamp { dims: self.dims, storage: self.storage, count, ..stamp.clone() },
            removed: self.graph.as_ref().map_or(0, Graph::removed),
            effort: self.effort.load(Ordering::Relaxed),
            rows_length: rows.saved_length(),
        };
        let [keys, scales, lines] = rows.parts();
        snapshot::write(path, &head, &[keys, scales, lines, &graph])
            .map_err(|source| IndexError::Io { path: path.to_owned(), source })
    }

    /// Reads a snapshot. `None`: there is none, or it is not whole, not ours, or of another version; build
    /// the index again. Fails only where the system refuses to read the file.
    pub fn load(path: &Path) -> Result<Option<(VectorIndex, Stamp)>> {
        let read = snapshot::read(path).map_err(|source| IndexError::Io { path: path.to_owned(), source })?;
        let Some((head, payload)) = read else { return Ok(None) };
        match Self::restore(&head, &payload) {
            Ok(Some(index)) => Ok(Some((index, head.stamp))),
            Ok(None) => {
                tracing::warn!(path = %path.display(), "snapshot dropped: it is not sound");
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "snapshot dropped");
                Ok(None)
            }
        }
    }

    fn restore(head: &Head, payload: &[u8]) -> Result<Option<VectorIndex>> {
        let Stamp { dims, storage, count, .. } = head.stamp;
        let Some((rows, graph)) = payload.split_at_checked(head.rows_length) else { return Ok(None) };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Some(rows) = Rows::from_saved(dims, storage, count, rows) else { return Ok(None) };
        if rows.contains(RESERVED_KEY.cast_signed()) {
            return Ok(None);
        }
        let graph = match (storage, graph) {
            (Storage::Binary, []) => None,
            (Storage::Binary, _) => return Ok(None),
            (_, []) => Some(Graph::new(dims)?),
            (_, bytes) => match Graph::from_saved(dims, rows.keys(), head.removed, bytes)? {
                None => return Ok(None),
                graph => graph,
            },
        };
        let unlinked = match &graph {
            Some(graph) if graph.len() == 0 => rows.keys().iter().copied().collect(),
            _ => HashSet::new(),
        };
        let index = Self::of_parts(rows, graph, head.effort.clamp(1, MAX_EFFORT));
        *index.unlinked() = unlinked;
        Ok(Some(index))
    }
}

/// The most candidates that are worth asking for.
const MAX_EFFORT: usize = 4_096;
