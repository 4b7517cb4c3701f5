//! In which form an index keeps the numbers of a vector.

use cairn_core::vector::{dot, normalise};
use serde::{Deserialize, Serialize};

use crate::kernels::f32_to_f16;

/// In which form an index keeps the numbers of a vector, largest first.
///
/// | storage | bytes of a number | error of a cosine (384 dimensions) |
/// |---|---|---|
/// | `F32` | 4 | none |
/// | `F16` | 2 | about 1e-5 |
/// | `Int8` | 1 | about 5e-4 |
/// | `Binary` | 1/8 | about 5e-2 |
///
/// Hits of the shorter forms are candidates: score them again with the full-length vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// 32-bit floats.
    F32,
    /// 16-bit floats (IEEE 754 binary16).
    #[default]
    F16,
    /// 8-bit integers, each vector scaled so that its largest number is 127.
    Int8,
    /// One bit for each number: whether it is positive. The angle is estimated by the share of bits that differ
    /// (Charikar 2002, "Similarity estimation techniques from rounding algorithms").
    Binary,
}

impl Storage {
    /// All of them, largest first.
    pub const ALL: [Storage; 4] = [Storage::F32, Storage::F16, Storage::Int8, Storage::Binary];

    /// Bytes that a vector of `dims` numbers takes, without what aligns it.
    pub fn bytes(self, dims: usize) -> usize {
        match self {
            Storage::F32 => 4 * dims,
            Storage::F16 => 2 * dims,
            Storage::Int8 => dims,
            Storage::Binary => dims.div_ceil(8),
        }
    }

    /// The name in settings and reports: "f32", "f16", "int8" or "binary".
    pub fn name(self) -> &'static str {
        match self {
            Storage::F32 => "f32",
            Storage::F16 => "f16",
            Storage::Int8 => "int8",
            Storage::Binary => "binary",
        }
    }
}

/// The vector at length one, or `None` where a number is not finite. Zeros stay zeros.
pub(crate) fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    if !vector.iter().all(|x| x.is_finite()) {
        return None;
    }
    // Scaled by the largest number first: the square of a large one is infinite.
    let largest = vector.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    let mut unit = vector.to_vec();
    if largest > 0.0 {
        unit.iter_mut().for_each(|x| *x /= largest);
        normalise(&mut unit);
    }
    Some(unit)
}

pub(crate) fn to_f16(unit: &[f32]) -> Vec<u16> {
    unit.iter().map(|x| f32_to_f16(*x)).collect()
}

/// The numbers as integers up to 127, and what makes the integers a vector of length one.
pub(crate) fn to_i8(unit: &[f32]) -> (Vec<i8>, f32) {
    let largest = unit.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
    let scaled: Vec<f32> = unit.iter().map(|x| (x * scale).round()).collect();
    let length = dot(&scaled, &scaled).sqrt();
    (scaled.iter().map(|x| *x as i8).collect(), if length > 0.0 { 1.0 / length } else { 0.0 })
}

/// One bit a number, the first in the lowest bit of the first word.
pub(crate) fn to_bits(unit: &[f32]) -> Vec<u64> {
    let word = |numbers: &[f32]| {
        numbers.iter().enumerate().fold(0u64, |word, (i, x)| word | (u64::from(*x > 0.0) << i))
    };
    unit.chunks(64).map(word).collect()
}
