//! The graph: usearch's HNSW (Malkov, Yashunin 2016, "Efficient and robust approximate nearest neighbor search
//! using Hierarchical Navigable Small World graphs") over vectors of 8-bit integers ([`crate::storage::to_codes`]: inner products
//! of them take seven tenths of the time of cosines).
//!
//! It only says which keys are worth a look; [`crate::Rows`] score them. So it can keep a coarser copy than they do,
//! which is smaller and quicker to walk.

use std::sync::atomic::{AtomicUsize, Ordering};

use usearch::{Index, IndexMetadata, IndexOptions, MetricKind, ScalarKind};

use crate::gate::{Gate, Room};
use crate::graph_check;
use crate::storage::{Mix, to_codes};
use crate::{IndexError, Result};

/// Links of each node.
pub(crate) const CONNECTIVITY: usize = 32;
/// Links of each node on the base level: usearch's default, twice as many.
pub(crate) const CONNECTIVITY_BASE: usize = 2 * CONNECTIVITY;
/// Candidates kept while a node is linked; and in a graph that is to be larger than [`LARGE`], whose nodes have more to be told
/// apart from.
const EXPANSION_ADD: usize = 128;
const EXPANSION_ADD_LARGE: usize = 256;
const LARGE: usize = 300_000;
/// usearch keeps as many candidates as are asked for, but no fewer than this.
const EXPANSION_SEARCH: usize = 16;
/// The first nodes are linked one after another: those added side by side do not see each other.
const SEED: usize = 256;
/// Bytes that usearch takes before there is anything to keep.
const FIRST_ROOM: u64 = 16 << 20;
/// usearch marks a removed node with this key.
pub(crate) const RESERVED_KEY: u64 = u64::MAX;

/// Keys linked by nearness. Every method may be called from any number of threads at once.
pub(crate) struct Graph {
    index: Index,
    mix: Mix,
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

fn engine(error: impl std::fmt::Display) -> IndexError {
    IndexError::Engine(error.to_string())
}

impl Graph {
    pub(crate) fn new(dims: usize) -> Result<Self> {
        let options = IndexOptions {
            dimensions: dims,
            metric: MetricKind::IP,
            quantization: ScalarKind::I8,
            connectivity: CONNECTIVITY,
            expansion_add: EXPANSION_ADD,
            expansion_search: EXPANSION_SEARCH,
            multi: false,
        };
        let index = Index::new(&options).map_err(engine)?;
        let slots = std::thread::available_parallelism().map_or(4, usize::from).clamp(4, 64);
        Ok(Graph { index, mix: Mix::new(dims), gate: Gate::new(slots), counts: Counts::default() })
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.live.load(Ordering::Acquire)
    }

    /// Nodes ever removed.
    pub(crate) fn removed(&self) -> usize {
        self.counts.removed.load(Ordering::Relaxed)
    }

    /// About how many bytes a graph of so many nodes takes in memory and on disk. A node is its vector, its links of five bytes and
    /// what usearch keeps beside them; in memory usearch takes room in steps that double, the first one for all small graphs.
    pub(crate) fn estimate(dims: usize, nodes: u64) -> (u64, u64) {
        let node = (dims + 5 * CONNECTIVITY_BASE + 24) as u64;
        ((nodes * node * 3 / 2).max(FIRST_ROOM), nodes * node)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let _pass = self.gate.enter(Room::Search);
        self.index.memory_usage()
    }

    fn codes(&self, unit: &[f32]) -> Vec<i8> {
        to_codes(&self.mix.apply(unit))
    }

    /// Puts a vector of length one under `key`, in place of the vector that was there. Two threads must not add one key at
    /// once.
    pub(crate) fn add(&self, key: i64, unit: &[f32]) -> Result<()> {
        let codes = self.codes(unit);
        if self.append(key, &codes)? { Ok(()) } else { self.replace(key, &codes) }
    }

    /// Adds a new node beside others that do the same. `false`: this needs the index for itself.
    fn append(&self, key: i64, codes: &[i8]) -> Result<bool> {
        let _pass = self.gate.enter(Room::Append);
        // Every thread that may be appending now claims one place at most.
        let len = self.len();
        let room = len >= SEED && self.index.capacity() >= len + self.gate.slots();
        if !room || self.counts.free.load(Ordering::Acquire) > 0 || self.index.contains(key.cast_unsigned()) {
            return Ok(false);
        }
        self.index.add(key.cast_unsigned(), codes).map_err(engine)?;
        self.counts.live.fetch_add(1, Ordering::AcqRel);
        Ok(true)
    }

    /// Grows, drops the old vector, takes over a removed node: whatever no other thread may watch.
    fn replace(&self, key: i64, codes: &[i8]) -> Result<()> {
        let _pass = self.gate.enter(Room::Alone);
        self.grow()?;
        self.drop_node(key)?;
        self.index.add(key.cast_unsigned(), codes).map_err(engine)?;
        let free = self.counts.free.load(Ordering::Acquire);
        self.counts.free.store(free.saturating_sub(1), Ordering::Release);
        self.counts.live.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    pub(crate) fn remove(&self, key: i64) -> Result<()> {
        let _pass = self.gate.enter(Room::Alone);
        self.drop_node(key)
    }

    /// Keys near a query of length one, about the nearest first: `candidates` of them where there are so many.
    pub(crate) fn near(&self, unit: &[f32], candidates: usize) -> Result<Vec<i64>> {
        let _pass = self.gate.enter(Room::Search);
        let candidates = candidates.min(self.len());
        if candidates == 0 {
            return Ok(Vec::new());
        }
        let matches = self.index.search(&self.codes(unit), candidates).map_err(engine)?;
        Ok(matches.keys.into_iter().map(u64::cast_signed).collect())
    }

    /// usearch's own form.
    pub(crate) fn saved(&self) -> Result<Vec<u8>> {
        let _pass = self.gate.enter(Room::Alone);
        let mut bytes = vec![0; self.index.serialized_length()];
        self.index.save_to_buffer(&mut bytes).map_err(engine)?;
        Ok(bytes)
    }

    /// Reads usearch's own form of a graph over `keys`. `None`: it is not what this build would have written.
    pub(crate) fn from_saved(
        dims: usize,
        keys: &[i64],
        removed: usize,
        bytes: &[u8],
    ) -> Result<Option<Graph>> {
        let graph = Graph::new(dims)?;
        if keys.is_empty() {
            return Ok(Some(graph));
        }
        let Some(nodes) = graph_check::nodes(bytes, dims, keys) else { return Ok(None) };
        let written = Index::metadata_from_buffer(bytes).map_err(engine)?;
        if !graph.would_write(&written)? {
            return Ok(None);
        }
        graph.index.load_from_buffer(bytes).map_err(engine)?;
        if graph.index.size() != keys.len() || graph.index.dimensions() != dims {
            return Ok(None);
        }
        graph.counts.live.store(keys.len(), Ordering::Release);
        graph.counts.free.store(nodes - keys.len(), Ordering::Release);
        graph.counts.removed.store(removed, Ordering::Relaxed);
        // Thread contexts are not part of a snapshot, and a graph that was loaded has no room left.
        graph.reserve(nodes)?;
        Ok(Some(graph))
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

    /// Makes room for `more` vectors.
    pub(crate) fn make_room(&self, more: usize) -> Result<()> {
        let _pass = self.gate.enter(Room::Alone);
        let needed = self.len() + self.counts.free.load(Ordering::Acquire) + more + self.gate.slots();
        if needed > LARGE {
            self.index.change_expansion_add(EXPANSION_ADD_LARGE);
        }
        if self.index.capacity() >= needed {
            return Ok(());
        }
        self.index.reserve_capacity_and_threads(needed, self.gate.slots()).map_err(engine)
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
    fn drop_node(&self, key: i64) -> Result<()> {
        if self.index.remove(key.cast_unsigned()).map_err(engine)? > 0 {
            self.counts.live.fetch_sub(1, Ordering::AcqRel);
            self.counts.free.fetch_add(1, Ordering::AcqRel);
            self.counts.removed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
