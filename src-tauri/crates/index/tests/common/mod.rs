//! What the tests of the index share.
#![allow(dead_code, clippy::unwrap_used)]

use cairn_index::{Hit, Stamp, Storage};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// About normal: mean 0, deviation 0.7.
    fn normal(&mut self) -> f32 {
        (0..6).map(|_| self.unit() - 0.5).sum()
    }
}

/// Passages in documents in subjects, with most of the spread in few directions, as embeddings of texts lie. (Uniform
/// noise has no neighbours to find: all of its points are about equally far apart.)
pub fn texts(n: usize, dims: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = Random(seed);
    let mut around = |centre: &[f32], width: f32| -> Vec<f32> {
        let spread = |i: usize| width / (1.0 + i as f32 / 10.0);
        centre.iter().enumerate().map(|(i, c)| c + spread(i) * random.normal()).collect()
    };
    let origin = vec![0.0; dims];
    let subjects: Vec<Vec<f32>> = (0..40).map(|_| around(&origin, 1.0)).collect();
    let documents: Vec<Vec<f32>> = (0..n / 20 + 1).map(|i| around(&subjects[i % 40], 0.8)).collect();
    (0..n).map(|i| around(&documents[(i * 7919) % documents.len()], 0.6)).collect()
}

pub fn unit(vector: &[f32]) -> Vec<f32> {
    let mut unit = vector.to_vec();
    cairn_core::vector::normalise(&mut unit);
    unit
}

/// The `k` best of these vectors by plain arithmetic.
pub fn brute_force<'a>(
    vectors: impl IntoIterator<Item = (i64, &'a Vec<f32>)>,
    query: &[f32],
    k: usize,
) -> Vec<Hit> {
    let score = |vector: &[f32]| cairn_core::vector::cosine(query, vector);
    let mut hits: Vec<Hit> =
        vectors.into_iter().map(|(key, vector)| Hit { key, score: score(vector) }).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.key.cmp(&b.key)));
    hits.truncate(k);
    hits
}

pub fn keys(hits: &[Hit]) -> Vec<i64> {
    hits.iter().map(|hit| hit.key).collect()
}

pub fn stamp(generation: u64) -> Stamp {
    Stamp {
        space: "text".into(),
        model: "tiny".into(),
        full_dims: 384,
        dims: 0,
        storage: Storage::F32,
        rotation: None,
        rescored: 10,
        fitted_on: 0,
        generation,
        count: 0,
    }
}

/// A snapshot as our own program would write it, hash included.
pub fn sealed(head: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut numbers = b"CAIRNIDX".to_vec();
    numbers.extend(2u32.to_le_bytes());
    numbers.extend((head.len() as u32).to_le_bytes());
    numbers.extend((payload.len() as u64).to_le_bytes());
    let hash = blake3::hash(&[&numbers[..], head, payload].concat());
    [&numbers[..], hash.as_bytes(), head, payload].concat()
}
