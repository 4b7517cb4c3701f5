//! One vector space on usearch: add, replace, remove, search by cosine, and a snapshot that survives a crash.
//!
//! An index is a cache. The vectors live in the library's database; whatever is wrong with a snapshot, it is
//! dropped and built again.

mod gate;
mod snapshot;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use usearch::{Index, IndexMetadata, IndexOptions, MetricKind, ScalarKind};

use crate::gate::{Gate, Room};
use crate::snapshot::Head;

/// Links of each node (twice as many on the base level).
const CONNECTIVITY: usize = 32;
/// Candidates kept while a node is linked.
const EXPANSION_ADD: usize = 256;
/// Candidates kept while searching, at least.
const EXPANSION_SEARCH: usize = 256;
/// Below this many vectors an exact scan is as quick as the graph, and it is never wrong.
const EXACT_BELOW: usize = 4_000;
/// A scan is also better where so large a share of the vectors is wanted: the graph would visit nearly all of
/// them, and miss the few that nothing links to.
const EXACT_SHARE: usize = 16;
/// The first nodes are linked one after another: those added side by side do not see each other.
const SEED: usize = 256;
/// The largest number of dimensions that is taken for real.
const MAX_DIMS: usize = 65_536;
/// usearch marks a removed node with this key.
const RESERVED_KEY: u64 = u64::MAX;

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
    /// Hash of the rotation applied before truncation; `None`: the model's own dimensions.
    pub rotation: Option<String>,
    /// The library's generation that the index reflects.
    pub generation: u64,
    /// Vectors in the index.
    pub count: u64,
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

fn engine(error: impl std::fmt::Display) -> IndexError {
    IndexError::Engine(error.to_string())
}

/// Vectors under keys, searched by cosine. Every method may be called from any number of threads at once.
///
/// Vectors are scaled to length one and stored as 16-bit floats: scores differ from those of the full vectors
/// by about 0.001, so who needs more scores the hits again.
pub struct VectorIndex {
    index: Index,
    dims: usize,
    gate: Gate,
    counts: Counts,
}

/// Kept beside the index because usearch's own counters may not be read while a vector is being added.
#[derive(Default)]
struct Counts {
    /// Vectors that can be found.
    live: AtomicUsize,
    /// Removed nodes that the next vectors added will take over.
    free: AtomicUsize,
    /// Nodes ever removed from this graph.
    removed: AtomicUsize,
}

impl VectorIndex {
    /// An empty index for vectors of `dims` dimensions.
    pub fn new(dims: usize) -> Result<Self> {
        Self::with_storage(dims, ScalarKind::F16)
    }

    fn with_storage(dims: usize, quantization: ScalarKind) -> Result<Self> {
        if dims == 0 || dims > MAX_DIMS {
            return Err(IndexError::Shape(dims));
        }
        let options = IndexOptions {
            dimensions: dims,
            metric: MetricKind::Cos,
            quantization,
            connectivity: CONNECTIVITY,
            expansion_add: EXPANSION_ADD,
            expansion_search: EXPANSION_SEARCH,
            multi: false,
        };
        let index = Index::new(&options).map_err(engine)?;
        let slots = std::thread::available_parallelism().map_or(4, usize::from).clamp(4, 64);
        Ok(VectorIndex { index, dims, gate: Gate::new(slots), counts: Counts::default() })
    }

    /// Dimensions of every vector in the index.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Vectors in the index.
    pub fn len(&self) -> usize {
        self.counts.live.load(Ordering::Acquire)
    }

    /// Whether there is no vector in the index.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the graph and the vectors take in memory.
    pub fn memory_bytes(&self) -> usize {
        let _pass = self.gate.enter(Room::Search);
        self.index.memory_usage()
    }

    /// Nodes ever removed from the graph, as a share of the vectors in it. Removed nodes leave stale links
    /// behind; above about one half it pays to build the index again.
    pub fn churn(&self) -> f32 {
        self.counts.removed.load(Ordering::Relaxed) as f32 / self.len().max(1) as f32
    }

    /// Whether there is a vector under `key`.
    pub fn contains(&self, key: i64) -> bool {
        let _pass = self.gate.enter(Room::Search);
        self.holds(key)
    }

    /// Puts `vector` under `key`, in place of the vector that was there.
    pub fn add(&self, key: i64, vector: &[f32]) -> Result<()> {
        if key.cast_unsigned() == RESERVED_KEY {
            return Err(IndexError::ReservedKey(key));
        }
        let vector = self.unit(vector, || format!("item {key}"))?;
        if self.append(key, &vector)? { Ok(()) } else { self.replace(key, &vector) }
    }

    /// Adds a new node beside others that do the same. `false`: this needs the index for itself.
    fn append(&self, key: i64, vector: &[f32]) -> Result<bool> {
        let _pass = self.gate.enter(Room::Append);
        // Every thread that may be appending now claims one place at most.
        let len = self.len();
        let room = len >= SEED && self.index.capacity() >= len + self.gate.slots();
        if !room || self.counts.free.load(Ordering::Acquire) > 0 || self.holds(key) {
            return Ok(false);
        }
        match self.index.add(key.cast_unsigned(), vector) {
            Ok(()) => {
                self.counts.live.fetch_add(1, Ordering::AcqRel);
                Ok(true)
            }
            // Another thread may have added the same key a moment ago.
            Err(_) if self.holds(key) => Ok(false),
            Err(error) => Err(engine(error)),
        }
    }

    /// Grows, drops the old vector, takes over a removed node: whatever no other thread may watch.
    fn replace(&self, key: i64, vector: &[f32]) -> Result<()> {
        let _pass = self.gate.enter(Room::Alone);
        self.grow()?;
        self.drop_node(key)?;
        self.index.add(key.cast_unsigned(), vector).map_err(engine)?;
        let free = self.counts.free.load(Ordering::Acquire);
        self.counts.free.store(free.saturating_sub(1), Ordering::Release);
        self.counts.live.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Takes the vector under `key` out. `false`: there was none.
    pub fn remove(&self, key: i64) -> Result<bool> {
        let _pass = self.gate.enter(Room::Alone);
        self.drop_node(key)
    }

    /// The `k` vectors nearest to `query`, best first. Exact in a small index, else by the graph (recall@10
    /// above 0.99 on sentence embeddings).
    pub fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        let len = self.len();
        self.nearest(query, k, len < EXACT_BELOW || k >= len / EXACT_SHARE)
    }

    /// The `k` vectors nearest to `query`, best first, by looking at every one.
    pub fn search_exact(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        self.nearest(query, k, true)
    }

    fn nearest(&self, query: &[f32], k: usize, exact: bool) -> Result<Vec<Hit>> {
        let query = self.unit(query, || "the query".to_owned())?;
        let _pass = self.gate.enter(Room::Search);
        let len = self.len();
        let k = k.min(len);
        if k == 0 {
            return Ok(Vec::new());
        }
        let matches = if exact {
            self.index.exact_search(&query, k)
        } else {
            // usearch keeps as many candidates as are asked for: four times k keeps recall up for a long list.
            let wanted = if 4 * k > EXPANSION_SEARCH { (4 * k).min(len) } else { k };
            self.index.search(&query, wanted)
        }
        .map_err(engine)?;
        let hit = |(key, distance): (&u64, &f32)| Hit { key: key.cast_signed(), score: 1.0 - distance };
        Ok(matches.keys.iter().zip(&matches.distances).map(hit).take(k).collect())
    }

    /// Writes a snapshot and returns its bytes on disk. The file at `path` is the old one or the new one,
    /// whole, whatever happens. The stamp is written with the dimensions and the count that the index has.
    ///
    /// Searches wait while the index is copied in memory, not while it is written.
    pub fn save(&self, path: &Path, stamp: &Stamp) -> Result<u64> {
        let (payload, count) = {
            let _pass = self.gate.enter(Room::Alone);
            let mut payload = vec![0; self.index.serialized_length()];
            self.index.save_to_buffer(&mut payload).map_err(engine)?;
            (payload, self.len() as u64)
        };
        let stamp = Stamp { dims: self.dims, count, ..stamp.clone() };
        let head = Head { stamp, removed: self.counts.removed.load(Ordering::Relaxed) };
        snapshot::write(path, &head, &payload)
            .map_err(|source| IndexError::Io { path: path.to_owned(), source })
    }

    /// Reads a snapshot. `None`: there is none, or it is not whole, not ours, or of another version; build
    /// the index again. Fails only where the system refuses to read the file.
    pub fn load(path: &Path) -> Result<Option<(VectorIndex, Stamp)>> {
        let read = snapshot::read(path).map_err(|source| IndexError::Io { path: path.to_owned(), source })?;
        let Some((head, payload)) = read else { return Ok(None) };
        match Self::restore(&head, &payload) {
            Ok(Some(index)) => Ok(Some((index, head.stamp))),
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "snapshot dropped");
                Ok(None)
            }
        }
    }

    fn restore(head: &Head, payload: &[u8]) -> Result<Option<VectorIndex>> {
        let index = Self::new(head.stamp.dims)?;
        let written = Index::metadata_from_buffer(payload).map_err(engine)?;
        if !index.would_write(&written)? {
            return Ok(None);
        }
        index.index.load_from_buffer(payload).map_err(engine)?;
        let len = index.index.size();
        if len as u64 != head.stamp.count || index.index.dimensions() != index.dims {
            return Ok(None);
        }
        index.counts.live.store(len, Ordering::Release);
        index.counts.free.store(written.count_deleted as usize, Ordering::Release);
        index.counts.removed.store(head.removed, Ordering::Relaxed);
        // Thread contexts are not part of a snapshot, and a graph that was loaded has no room left.
        index.reserve(len + written.count_deleted as usize)?;
        Ok(Some(index))
    }

    /// Whether this build would write such a snapshot: same usearch, same kind of vectors.
    fn would_write(&self, written: &IndexMetadata) -> Result<bool> {
        let mut empty = vec![0; self.index.serialized_length()];
        self.index.save_to_buffer(&mut empty).map_err(engine)?;
        // usearch wants at least one byte after the header.
        empty.push(0);
        let own = Index::metadata_from_buffer(&empty).map_err(engine)?;
        Ok((own.version_major, own.version_minor, own.version_patch)
            == (written.version_major, written.version_minor, written.version_patch)
            && own.dimensions == written.dimensions
            && own.metric == written.metric
            && own.quantization == written.quantization
            && own.multi == written.multi)
    }

    fn holds(&self, key: i64) -> bool {
        self.index.contains(key.cast_unsigned())
    }

    /// Makes room. Nothing else may use the index meanwhile.
    fn grow(&self) -> Result<()> {
        let used = self.len() + self.counts.free.load(Ordering::Acquire);
        if self.index.capacity() < used + self.gate.slots() { self.reserve(used) } else { Ok(()) }
    }

    fn reserve(&self, used: usize) -> Result<()> {
        let capacity = used + used / 2 + 1024;
        self.index.reserve_capacity_and_threads(capacity, self.gate.slots()).map_err(engine)
    }

    /// Removes the node of `key`. Nothing else may use the index meanwhile.
    fn drop_node(&self, key: i64) -> Result<bool> {
        let dropped = self.index.remove(key.cast_unsigned()).map_err(engine)? > 0;
        if dropped {
            self.counts.live.fetch_sub(1, Ordering::AcqRel);
            self.counts.free.fetch_add(1, Ordering::AcqRel);
            self.counts.removed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(dropped)
    }

    /// The vector at length one, so that no component is beyond what 16 bits hold.
    fn unit(&self, vector: &[f32], what: impl Fn() -> String) -> Result<Vec<f32>> {
        if vector.len() != self.dims {
            return Err(IndexError::Dimensions { expected: self.dims, got: vector.len() });
        }
        if !vector.iter().all(|x| x.is_finite()) {
            return Err(IndexError::NotFinite(what()));
        }
        // Scaled by the largest component first: the square of a large one is infinite.
        let largest = vector.iter().fold(0f32, |largest, x| largest.max(x.abs()));
        let mut unit = vector.to_vec();
        if largest > 0.0 {
            unit.iter_mut().for_each(|x| *x /= largest);
            cairn_core::vector::normalise(&mut unit);
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod measure;
