//! Whether bytes are a graph in usearch's form that can be walked without leaving it.
//!
//! usearch checks lengths when it loads, not links: a link to a node that is not there is followed at the first search.
//! A hash protects a snapshot against the disk; this check protects against whoever made the hash, our own
//! mistakes included. The form (usearch 2.26, `index_dense.hpp` and `index.hpp`, `save_to_stream`), little-endian:
//!
//! ```text
//! nodes u32 | bytes of a vector u32 | vectors | head (64 bytes)
//! nodes u64 | connectivity u64 | connectivity of the base level u64 | highest level u64 | entry node u64
//! level i16 of each node | of each node: key u64, level i16, links of level 0, 1 .. level
//! links: count u32 | places for u32, as many as the connectivity says
//! ```

use std::collections::HashMap;

use crate::graph::{CONNECTIVITY, CONNECTIVITY_BASE, RESERVED_KEY};

/// Length of the head between vectors and graph.
const HEAD: usize = 64;

/// Reads numbers off the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn level(&mut self) -> Option<usize> {
        self.array().and_then(|bytes| usize::try_from(i16::from_le_bytes(bytes)).ok())
    }
}

/// How many nodes, removed ones included, a sound graph of these keys has; `None` if it is not one: lengths do not
/// add up, a link leads nowhere or to a level that its node does not have, or the keys are others.
pub(crate) fn nodes(bytes: &[u8], dims: usize, keys: &[i64]) -> Option<usize> {
    let mut reader = Reader(bytes);
    let (count, vector) = (reader.u32()? as usize, reader.u32()? as usize);
    if vector != dims || count < keys.len() {
        return None;
    }
    reader.bytes(count.checked_mul(vector)?)?;
    reader.bytes(HEAD)?;
    let numbers = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
    let [nodes, connectivity, base, highest, entry] =
        numbers.map(|x| usize::try_from(x).unwrap_or(usize::MAX));
    if (nodes, connectivity, base) != (count, CONNECTIVITY, CONNECTIVITY_BASE) {
        return None;
    }
    let mut levels_reader = Reader(reader.bytes(count.checked_mul(2)?)?);
    let mut levels = Vec::with_capacity(count);
    for _ in 0..count {
        levels.push(levels_reader.level()?);
    }
    if *levels.get(entry)? < highest {
        return None;
    }
    let mut found: HashMap<u64, bool> = keys.iter().map(|key| (key.cast_unsigned(), false)).collect();
    let mut missing = found.len();
    for &level in &levels {
        let key = reader.u64()?;
        if key != RESERVED_KEY {
            // Each key once.
            if std::mem::replace(found.get_mut(&key)?, true) {
                return None;
            }
            missing -= 1;
        }
        if reader.level()? != level {
            return None;
        }
        for at in 0..=level {
            links(&mut reader, at, &levels)?;
        }
    }
    (missing == 0 && reader.0.is_empty()).then_some(count)
}

fn links(reader: &mut Reader<'_>, at: usize, levels: &[usize]) -> Option<()> {
    let places = if at == 0 { CONNECTIVITY_BASE } else { CONNECTIVITY };
    let used = reader.u32()? as usize;
    let slots = reader.bytes(4 * places)?;
    let (slots, _) = slots.as_chunks::<4>();
    let reachable =
        |slot: &[u8; 4]| levels.get(u32::from_le_bytes(*slot) as usize).is_some_and(|level| *level >= at);
    slots.get(..used)?.iter().all(reachable).then_some(())
}
