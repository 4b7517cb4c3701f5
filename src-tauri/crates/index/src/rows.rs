//! All vectors of a space in one aligned buffer, and the scan that looks at every one.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use pulp::bytemuck::{self, Pod, Zeroable};

use crate::filter::Filter;
use crate::kernels::{DifferingBits, F16, F32, Int8, Sums, each_row, f16_to_f32};
use crate::storage::{Mix, Storage, to_bits, to_f16, to_i8, unit};
use crate::{Hit, IndexError, MAX_DIMS, Result};

#[cfg(target_endian = "big")]
compile_error!("rows are kept and saved as the processor has them, which must be little-endian");

/// A line of the processor's cache. Rows begin at one, so that no load of a vector register straddles two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([u8; Line::BYTES]);

impl Line {
    pub(crate) const BYTES: usize = 64;
}

// SAFETY: an array of bytes; zero is a value of it.
unsafe impl Zeroable for Line {}
// SAFETY: an array of bytes: any bit pattern is a value of it, and 64 bytes at an alignment of 64 leave no
// padding.
unsafe impl Pod for Line {}

/// Rows scored between two looks at the list of the best.
const BLOCK: usize = 64;
/// A scan is split among threads in parts of at least so many bytes: starting a thread takes as long as reading
/// about 300 kB.
const BYTES_PER_THREAD: usize = 4 << 20;
/// Keys of a filter are looked up one by one where they are at most one of so many rows; beyond that it is
/// quicker to go through all rows.
const LOOK_UP_SHARE: usize = 8;

/// A row that a look-up by key will find.
type Slot = u32;

/// Vectors of one length under keys, one after another in memory. A search looks at every one (or at every one
/// that a filter allows): it finds all there is to find, at the speed at which memory can be read.
#[derive(Debug, Clone)]
pub struct Rows {
    dims: usize,
    storage: Storage,
    lines_per_row: usize,
    lines: Vec<Line>,
    keys: Vec<i64>,
    /// What makes the integers of a row a vector of length one; empty for other storages.
    scales: Vec<f32>,
    /// For bits alone.
    mix: Option<Mix>,
    pub(crate) slots: HashMap<i64, Slot, KeyHash>,
}

type KeyHash = std::hash::BuildHasherDefault<KeyHasher>;

/// Keys are row numbers of a database: nobody chooses them to collide, and one multiplication spreads them.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct KeyHasher(u64);

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, x: u64) {
        // Both halves of the product: the table takes its place from the low bits and a tag from the high ones.
        let product = u128::from(self.0 ^ x) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_i64(&mut self, x: i64) {
        self.write_u64(x.cast_unsigned());
    }
}

/// A query in the form that rows of one storage are compared with.
#[derive(Debug, Clone)]
pub struct Query {
    form: Form,
    dims: usize,
}

#[derive(Debug, Clone)]
enum Form {
    Floats(Vec<f32>),
    Bytes(Vec<i8>, f32),
    /// With the cosine for each number of differing bits.
    Bits(Vec<u64>, Vec<f32>),
}

impl Rows {
    /// No vectors yet. `dims` is 1 to 65,536.
    pub fn new(dims: usize, storage: Storage) -> Result<Rows> {
        if dims == 0 || dims > MAX_DIMS {
            return Err(IndexError::Shape(dims));
        }
        let lines_per_row = storage.bytes(dims).div_ceil(Line::BYTES);
        Ok(Rows {
            dims,
            storage,
            lines_per_row,
            lines: Vec::new(),
            keys: Vec::new(),
            scales: Vec::new(),
            mix: (storage == Storage::Binary).then(|| Mix::new(dims)),
            slots: HashMap::default(),
        })
    }

    /// Numbers of each vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The form the numbers are kept in.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Keys in the order of the rows.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// Whether there is a vector under `key`.
    pub fn contains(&self, key: i64) -> bool {
        self.slots.contains_key(&key)
    }

    /// Bytes that vectors and keys take in memory.
    pub fn memory_bytes(&self) -> usize {
        self.lines.capacity() * Line::BYTES
            + self.keys.capacity() * size_of::<i64>()
            + self.scales.capacity() * size_of::<f32>()
            + self.slots.capacity() * (size_of::<(i64, Slot)>() + 1)
    }

    /// Bytes that a row takes in memory and on disk.
    pub(crate) fn bytes_of_row(dims: usize, storage: Storage) -> (u64, u64) {
        let scale = if storage == Storage::Int8 { size_of::<f32>() } else { 0 };
        let row = storage.bytes(dims).next_multiple_of(Line::BYTES) + size_of::<i64>() + scale;
        // A hash table is between seven sixteenths and seven eighths full.
        let slot = (size_of::<(i64, Slot)>() + 1) * 3 / 2;
        ((row + slot) as u64, row as u64)
    }

    /// Bytes that a scan reads for each row.
    pub(crate) fn row_bytes(&self) -> usize {
        self.lines_per_row * Line::BYTES
    }

    /// Makes room for `more` vectors, so that adding them moves nothing.
    pub fn reserve(&mut self, more: usize) {
        self.lines.reserve(more * self.lines_per_row);
        self.keys.reserve(more);
        self.slots.reserve(more);
        if self.storage == Storage::Int8 {
            self.scales.reserve(more);
        }
    }

    /// Puts `vector`, scaled to length one, under `key`. `true`: there was none under it before.
    pub fn put(&mut self, key: i64, vector: &[f32]) -> Result<bool> {
        let unit = self.unit(vector, || format!("item {key}"))?;
        self.put_unit(key, &unit)
    }

    pub(crate) fn put_unit(&mut self, key: i64, unit: &[f32]) -> Result<bool> {
        let new = !self.slots.contains_key(&key);
        let at = match self.slots.get(&key) {
            Some(at) => *at as usize,
            None => self.append(key)?,
        };
        let bits = self.bits(unit);
        let row = &mut self.lines[at * self.lines_per_row..][..self.lines_per_row];
        match self.storage {
            Storage::F32 => fill(row, unit),
            Storage::F16 => fill(row, &to_f16(unit)),
            Storage::Int8 => {
                let (bytes, scale) = to_i8(unit);
                fill(row, &bytes);
                self.scales[at] = scale;
            }
            Storage::Binary => fill(row, &bits),
        }
        Ok(new)
    }

    /// What a storage of bits keeps; nothing for others.
    fn bits(&self, unit: &[f32]) -> Vec<u64> {
        self.mix.as_ref().map_or(Vec::new(), |mix| to_bits(&mix.apply(unit)))
    }

    /// An empty row at the end.
    fn append(&mut self, key: i64) -> Result<usize> {
        let at = self.keys.len();
        let slot = Slot::try_from(at)
            .map_err(|_| IndexError::Engine(format!("it already holds {at} vectors, the most it can")))?;
        self.slots.insert(key, slot);
        self.keys.push(key);
        self.lines.resize((at + 1) * self.lines_per_row, Line::zeroed());
        if self.storage == Storage::Int8 {
            self.scales.push(0.0);
        }
        Ok(at)
    }

    /// Takes the vector under `key` out; the last row takes its place. `false`: there was none.
    pub fn remove(&mut self, key: i64) -> bool {
        let Some(at) = self.slots.remove(&key) else { return false };
        let (at, last) = (at as usize, self.keys.len() - 1);
        let n = self.lines_per_row;
        if at != last {
            self.lines.copy_within(last * n..(last + 1) * n, at * n);
            self.slots.insert(self.keys[last], at as Slot);
        }
        self.lines.truncate(last * n);
        self.keys.swap_remove(at);
        if self.storage == Storage::Int8 {
            self.scales.swap_remove(at);
        }
        true
    }

    /// A query for [`Rows::scan`] and [`Rows::score`]. It has [`Rows::dims`] numbers or, for storages of floats,
    /// fewer: then prefixes of the stored vectors are compared, each scaled to length one. (Rotated vectors and
    /// those of Matryoshka-trained models may be cut anywhere.)
    pub fn query(&self, vector: &[f32]) -> Result<Query> {
        let cut = matches!(self.storage, Storage::F32 | Storage::F16);
        let fits = vector.len() == self.dims || (cut && !vector.is_empty() && vector.len() < self.dims);
        if !fits {
            return Err(IndexError::Dimensions { expected: self.dims, got: vector.len() });
        }
        let unit = unit(vector).ok_or_else(|| IndexError::NotFinite("the query".to_owned()))?;
        Ok(self.query_of_unit(unit))
    }

    pub(crate) fn query_of_unit(&self, unit: Vec<f32>) -> Query {
        let dims = unit.len();
        let form = match self.storage {
            Storage::F32 | Storage::F16 => Form::Floats(unit),
            Storage::Int8 => {
                let (bytes, scale) = to_i8(&unit);
                Form::Bytes(bytes, scale)
            }
            Storage::Binary => {
                let angle = std::f32::consts::PI / dims as f32;
                Form::Bits(self.bits(&unit), (0..=dims).map(|bits| (bits as f32 * angle).cos()).collect())
            }
        };
        Query { form, dims }
    }

    /// The `k` allowed vectors nearest to `query`, best first, equal ones by key. Looks at every allowed vector,
    /// on as many threads as `threads` says where there is enough to do for them.
    pub fn scan(&self, query: &Query, k: usize, filter: &Filter<'_>, threads: usize) -> Vec<Hit> {
        let k = k.min(self.len());
        if k == 0 {
            return Vec::new();
        }
        let slots = self.allowed(filter);
        let count = slots.as_ref().map_or(self.len(), Vec::len);
        let most = (count * self.row_bytes()).div_ceil(BYTES_PER_THREAD);
        let part = count.div_ceil(threads.clamp(1, most.max(1))).max(1);
        let best = |from: usize| {
            let range = from..(from + part).min(count);
            let mut best = Best::new(k);
            match &slots {
                None => self.scan_range(query, range, &mut best),
                Some(slots) => self.scan_slots(query, &slots[range], &mut best),
            }
            best
        };
        let mut parts = std::thread::scope(|scope| {
            let others: Vec<_> =
                (part..count).step_by(part).map(|from| scope.spawn(move || best(from))).collect();
            let mut parts = vec![best(0)];
            for other in others {
                match other.join() {
                    Ok(best) => parts.push(best),
                    // A filter's function panicked: as if it had on this thread.
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        });
        let mut best = parts.swap_remove(0);
        parts.into_iter().flat_map(|part| part.heap).for_each(|Reverse(hit)| best.offer(hit.0));
        best.into_hits()
    }

    /// Cosines of the stored vectors under `keys` with the query; keys without a vector are left out.
    pub fn score(&self, query: &Query, keys: impl IntoIterator<Item = i64>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for key in keys {
            if let Some(slot) = self.slots.get(&key) {
                let (at, mut score) = (*slot as usize, [0.0]);
                let lines = &self.lines[at * self.lines_per_row..][..self.lines_per_row];
                self.scores(query, lines, self.scales.get(at..).unwrap_or_default(), &mut score);
                hits.push(Hit { key, score: score[0] });
            }
        }
        hits
    }

    /// The `k` best of these keys by the stored vectors, best first.
    pub fn best_of(&self, query: &Query, keys: impl IntoIterator<Item = i64>, k: usize) -> Vec<Hit> {
        let mut hits = self.score(query, keys);
        hits.sort_unstable_by(best_first);
        hits.truncate(k);
        hits
    }

    /// The rows that a filter allows, ascending; `None`: all.
    fn allowed(&self, filter: &Filter<'_>) -> Option<Vec<Slot>> {
        match filter {
            Filter::All => None,
            Filter::Keys(keys) if keys.len() <= self.len() / LOOK_UP_SHARE => {
                let mut slots: Vec<Slot> =
                    keys.keys().iter().filter_map(|key| self.slots.get(key).copied()).collect();
                // In the order of memory: the next row is often near, and being fetched already.
                slots.sort_unstable();
                Some(slots)
            }
            filter => {
                let allowed = self.keys.iter().enumerate().filter(|(_, key)| filter.allows(**key));
                Some(allowed.map(|(at, _)| at as Slot).collect())
            }
        }
    }

    fn scan_range(&self, query: &Query, range: std::ops::Range<usize>, best: &mut Best) {
        let mut scores = [0.0; BLOCK];
        for from in range.clone().step_by(BLOCK) {
            let scores = &mut scores[..BLOCK.min(range.end - from)];
            let lines = &self.lines[from * self.lines_per_row..][..scores.len() * self.lines_per_row];
            self.scores(query, lines, self.scales.get(from..).unwrap_or_default(), scores);
            for (key, &score) in self.keys[from..].iter().zip(&*scores) {
                if score >= best.floor {
                    best.offer(Hit { key: *key, score });
                }
            }
        }
    }

    /// Rows are copied side by side before they are scored: copies wait for memory all at once, sums one row after the
    /// other.
    fn scan_slots(&self, query: &Query, slots: &[Slot], best: &mut Best) {
        let row = self.lines_per_row;
        let mut lines = vec![Line::zeroed(); BLOCK.min(slots.len()) * row];
        let (mut scales, mut scores) = (Vec::with_capacity(BLOCK), [0.0; BLOCK]);
        for slots in slots.chunks(BLOCK) {
            scales.clear();
            for (copy, slot) in lines.chunks_exact_mut(row).zip(slots) {
                let at = *slot as usize;
                copy.copy_from_slice(&self.lines[at * row..][..row]);
                scales.extend(self.scales.get(at));
            }
            let scores = &mut scores[..slots.len()];
            self.scores(query, &lines[..slots.len() * row], &scales, scores);
            for (slot, &score) in slots.iter().zip(&*scores) {
                if score >= best.floor {
                    best.offer(Hit { key: self.keys[*slot as usize], score });
                }
            }
        }
    }

    /// Cosines of whole rows, at most [`BLOCK`] of them; `scales` are those of the same rows.
    fn scores(&self, query: &Query, lines: &[Line], scales: &[f32], out: &mut [f32]) {
        match &query.form {
            Form::Floats(numbers) => {
                let mut sums = [Sums::default(); BLOCK];
                let sums = &mut sums[..out.len()];
                // A whole row has length one already.
                let cut = query.dims < self.dims;
                let stride = self.row_bytes() / self.storage.bytes(1);
                match (self.storage, cut) {
                    (Storage::F32, false) => {
                        each_row::<F32<false>>(numbers, bytemuck::cast_slice(lines), stride, sums);
                    }
                    (Storage::F32, true) => {
                        each_row::<F32<true>>(numbers, bytemuck::cast_slice(lines), stride, sums);
                    }
                    (_, false) => {
                        each_row::<F16<false>>(numbers, bytemuck::cast_slice(lines), stride, sums);
                    }
                    (_, true) => {
                        each_row::<F16<true>>(numbers, bytemuck::cast_slice(lines), stride, sums);
                    }
                }
                for (out, sums) in out.iter_mut().zip(sums) {
                    *out = if cut && sums.square > 0.0 { sums.dot / sums.square.sqrt() } else { sums.dot };
                }
            }
            Form::Bytes(numbers, scale) => {
                let mut dots = [0; BLOCK];
                let dots = &mut dots[..out.len()];
                each_row::<Int8>(numbers, bytemuck::cast_slice(lines), self.row_bytes(), dots);
                for ((out, dot), row_scale) in out.iter_mut().zip(dots).zip(scales) {
                    *out = *dot as f32 * (scale * row_scale);
                }
            }
            Form::Bits(words, cosines) => {
                let mut differing = [0; BLOCK];
                let differing = &mut differing[..out.len()];
                let stride = self.row_bytes() / size_of::<u64>();
                each_row::<DifferingBits>(words, bytemuck::cast_slice(lines), stride, differing);
                for (out, differing) in out.iter_mut().zip(differing) {
                    *out = cosines[(*differing as usize).min(cosines.len() - 1)];
                }
            }
        }
    }

    pub(crate) fn unit(&self, vector: &[f32], what: impl Fn() -> String) -> Result<Vec<f32>> {
        if vector.len() != self.dims {
            return Err(IndexError::Dimensions { expected: self.dims, got: vector.len() });
        }
        unit(vector).ok_or_else(|| IndexError::NotFinite(what()))
    }

    /// The numbers under `key`, as [`Rows::vector_at`] gives them.
    pub(crate) fn vector_of(&self, key: i64) -> Option<Vec<f32>> {
        self.slots.get(&key).map(|at| self.vector_at(*at as usize))
    }

    /// The numbers of a row as far as they were kept, not scaled; of bits, what their signs make.
    pub(crate) fn vector_at(&self, at: usize) -> Vec<f32> {
        let lines = &self.lines[at * self.lines_per_row..][..self.lines_per_row];
        let numbers: Vec<f32> = match self.storage {
            Storage::F32 => bytemuck::cast_slice(lines).to_vec(),
            Storage::F16 => bytemuck::cast_slice(lines).iter().map(|bits| f16_to_f32(*bits)).collect(),
            Storage::Int8 => {
                bytemuck::cast_slice::<_, i8>(lines).iter().map(|x| f32::from(*x) * self.scales[at]).collect()
            }
            Storage::Binary => {
                let sign = |i: usize| {
                    let word = bytemuck::cast_slice::<_, u64>(lines)[i / 64];
                    if (word >> (i % 64)) & 1 == 1 { 1.0 } else { -1.0 }
                };
                let mut signs: Vec<f32> = (0..self.dims).map(sign).collect();
                if let Some(mix) = &self.mix {
                    mix.undo(&mut signs);
                }
                signs
            }
        };
        numbers[..self.dims].to_vec()
    }

    /// Length of the saved form in bytes.
    pub(crate) fn saved_length(&self) -> usize {
        self.len() * (size_of::<i64>() + self.row_bytes()) + self.scales.len() * size_of::<f32>()
    }

    /// The saved form: keys, scales, rows; numbers little-endian.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [
            bytemuck::cast_slice(&self.keys),
            bytemuck::cast_slice(&self.scales),
            bytemuck::cast_slice(&self.lines),
        ]
    }

    /// Reads the saved form of `count` vectors. `None`: the length is not that of so many, or a key occurs twice,
    /// or a number is not what [`Rows::put`] would have written.
    pub(crate) fn from_saved(dims: usize, storage: Storage, count: usize, bytes: &[u8]) -> Option<Rows> {
        let mut rows = Rows::new(dims, storage).ok()?;
        let scales = if storage == Storage::Int8 { count } else { 0 };
        let keys_length = count.checked_mul(size_of::<i64>())?;
        let lines_length = count.checked_mul(rows.row_bytes())?;
        let (keys, rest) = bytes.split_at_checked(keys_length)?;
        let (scales, lines) = rest.split_at_checked(scales * size_of::<f32>())?;
        if lines.len() != lines_length || Slot::try_from(count).is_err() {
            return None;
        }
        rows.keys = bytemuck::pod_collect_to_vec(keys);
        rows.scales = bytemuck::pod_collect_to_vec(scales);
        rows.lines = bytemuck::pod_collect_to_vec(lines);
        rows.slots = rows.keys.iter().enumerate().map(|(at, key)| (*key, at as Slot)).collect();
        (rows.slots.len() == count && rows.is_sound()).then_some(rows)
    }

    /// Whether every number lies where scaled vectors have it, so that no score can be infinite or NaN.
    fn is_sound(&self) -> bool {
        match self.storage {
            Storage::F32 => bytemuck::cast_slice::<_, f32>(&self.lines).iter().all(|x| x.abs() <= 1.01),
            Storage::F16 => bytemuck::cast_slice::<_, u16>(&self.lines).iter().all(|x| x & 0x7fff <= 0x3c04),
            Storage::Int8 => self.scales.iter().all(|scale| (0.0..=1.0).contains(scale)),
            Storage::Binary => true,
        }
    }
}

fn fill<T: Pod>(row: &mut [Line], numbers: &[T]) {
    bytemuck::cast_slice_mut(row)[..numbers.len()].copy_from_slice(numbers);
}

pub(crate) fn best_first(a: &Hit, b: &Hit) -> Ordering {
    b.score.total_cmp(&a.score).then(a.key.cmp(&b.key))
}

/// The best hits so far.
struct Best {
    k: usize,
    /// The worst on top.
    heap: BinaryHeap<Reverse<Ranked>>,
    /// A lower score cannot be among the best any more.
    floor: f32,
}

#[derive(PartialEq)]
struct Ranked(Hit);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        best_first(&other.0, &self.0)
    }
}

impl Best {
    fn new(k: usize) -> Self {
        Best { k, heap: BinaryHeap::with_capacity(k + 1), floor: f32::NEG_INFINITY }
    }

    fn offer(&mut self, hit: Hit) {
        if hit.score < self.floor {
            return;
        }
        self.heap.push(Reverse(Ranked(hit)));
        if self.heap.len() > self.k {
            self.heap.pop();
        }
        if self.heap.len() == self.k
            && let Some(Reverse(worst)) = self.heap.peek()
        {
            self.floor = worst.0.score;
        }
    }

    fn into_hits(self) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.heap.into_iter().map(|Reverse(hit)| hit.0).collect();
        hits.sort_unstable_by(best_first);
        hits
    }
}
