//! Shorter vectors from a model that was not trained to be cut: rotate first, then cut.
//!
//! The rotation is made of the eigenvectors of the uncentred second moment `X^T X`, largest eigenvalue first,
//! so that the first dimensions keep as much as any linear map can. It is orthogonal: at full length no
//! cosine changes, and one rotated copy serves every length.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use crate::linear;

const MAGIC: &[u8; 4] = b"CROT";
const MAX_DIMS: usize = 8_192;
/// Rows summed together. The sum does not depend on the number of threads because the blocks do not.
const BLOCK: usize = 512;
/// Rows rotated together.
const APPLY_BLOCK: usize = 256;

/// An orthogonal map from a model's vectors to vectors whose first dimensions matter most.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    dims: usize,
    /// Row-major; row `i` gives the `i`-th dimension of a rotated vector.
    rows: Vec<f32>,
}

/// The bytes do not hold a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationError(&'static str);

impl std::fmt::Display for RotationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the stored rotation is not usable ({}); fit it again", self.0)
    }
}

impl std::error::Error for RotationError {}

impl Rotation {
    /// The rotation that changes nothing.
    pub fn identity(dims: usize) -> Self {
        let mut rows = vec![0.0; dims * dims];
        rows.iter_mut().step_by(dims + 1).for_each(|x| *x = 1.0);
        Rotation { dims, rows }
    }

    /// Fits on `vectors` (row-major, `dims` each), on at most `max_samples` of them taken at even distances.
    /// About ten samples for each dimension make a good rotation. Vectors that are not finite are left out;
    /// of no vectors it is the identity.
    pub fn fit(vectors: &[f32], dims: usize, max_samples: usize) -> Self {
        if dims == 0 {
            return Self::identity(0);
        }
        let n = vectors.len() / dims;
        let taken = n.min(max_samples);
        let row = |i: usize| {
            let at = (i as u128 * n as u128 / taken as u128) as usize * dims;
            &vectors[at..at + dims]
        };
        let samples: Vec<&[f32]> =
            (0..taken).map(row).filter(|row| row.iter().all(|x| x.is_finite())).collect();
        if samples.is_empty() {
            return Self::identity(dims);
        }
        Self::of_moment(second_moment(&samples, dims)).unwrap_or_else(|| Self::identity(dims))
    }

    /// The eigenvectors, or `None` where the iteration does not converge or overflowed.
    fn of_moment(moment: DMatrix<f64>) -> Option<Self> {
        let dims = moment.nrows();
        if !moment.iter().all(|x| x.is_finite()) {
            return None;
        }
        let eigen = SymmetricEigen::try_new(moment, f64::EPSILON, 100 * dims + 1000)?;
        let mut order: Vec<usize> = (0..dims).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
        let mut rows = Vec::with_capacity(dims * dims);
        for i in order {
            let column = eigen.eigenvectors.column(i);
            // An eigenvector has two signs: the largest component is made positive.
            let largest = column.iter().copied().fold(0.0, |a: f64, x| if x.abs() > a.abs() { x } else { a });
            rows.extend(column.iter().map(|x| (x * largest.signum()) as f32));
        }
        let rotation = Rotation { dims, rows };
        rotation.is_orthogonal().then_some(rotation)
    }

    /// Length of the vectors it rotates.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The first `keep` dimensions of the rotated vector, at length one. `vector` has [`Rotation::dims`]
    /// dimensions.
    pub fn apply(&self, vector: &[f32], keep: usize) -> Vec<f32> {
        let rows = self.rows.chunks_exact(self.dims.max(1)).take(keep);
        let mut rotated: Vec<f32> = rows.map(|row| cairn_core::vector::dot(row, vector)).collect();
        cairn_core::vector::normalise(&mut rotated);
        rotated
    }

    /// Share of the squares of `vectors` (row-major, of length one each) that the first `keep` rotated dimensions hold, 0 to 1;
    /// 0 of no vectors.
    pub fn kept(&self, vectors: &[f32], keep: usize) -> f32 {
        let keep = keep.min(self.dims);
        if keep == 0 || vectors.len() < self.dims {
            return 0.0;
        }
        let rows = linear::Rows::new(&self.rows[..keep * self.dims], self.dims);
        let blocks = vectors.par_chunks(APPLY_BLOCK * self.dims);
        let squares = blocks.map(|block| {
            let mut out = vec![0.0f32; block.len() / self.dims * keep];
            rows.products(block, &mut out);
            out.iter().map(|x| f64::from(x * x)).sum::<f64>()
        });
        // One block after another, so that the sum does not depend on the threads.
        let squares: Vec<f64> = squares.collect();
        (squares.iter().sum::<f64>() / (vectors.len() / self.dims) as f64) as f32
    }

    /// [`Rotation::apply`] to many vectors (row-major), several times faster than one by one.
    pub fn apply_all(&self, vectors: &[f32], keep: usize) -> Vec<f32> {
        let keep = keep.min(self.dims);
        if keep == 0 {
            return Vec::new();
        }
        let n = vectors.len() / self.dims;
        let mut rotated = vec![0.0; n * keep];
        let rows = linear::Rows::new(&self.rows[..keep * self.dims], self.dims);
        let blocks = vectors[..n * self.dims].par_chunks(APPLY_BLOCK * self.dims);
        rotated.par_chunks_mut(APPLY_BLOCK * keep).zip(blocks).for_each(|(out, block)| {
            rows.products(block, out);
            out.chunks_exact_mut(keep).for_each(cairn_core::vector::normalise);
        });
        rotated
    }

    /// The stored form: magic, dimensions, rows; little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.dims as u32).to_le_bytes());
        bytes.extend(cairn_core::vector::to_bytes(&self.rows));
        bytes
    }

    /// Reads the stored form and checks that it is a rotation.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RotationError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(RotationError("it is something else"))?;
        let (dims, rest) = rest.split_first_chunk::<4>().ok_or(RotationError("it is cut off"))?;
        let dims = u32::from_le_bytes(*dims) as usize;
        if dims > MAX_DIMS || rest.len() != dims * dims * 4 {
            return Err(RotationError("its length is wrong"));
        }
        let rows = cairn_core::vector::from_bytes(rest).ok_or(RotationError("its length is wrong"))?;
        let rotation = Rotation { dims, rows };
        if rotation.is_orthogonal() { Ok(rotation) } else { Err(RotationError("it is not orthogonal")) }
    }

    /// BLAKE3 of the stored form, in hexadecimal: two rotations with the same hash make the same vectors.
    pub fn hash(&self) -> String {
        blake3::hash(&self.to_bytes()).to_hex().to_string()
    }

    /// Whether `R R^T` is the identity to 1e-4.
    fn is_orthogonal(&self) -> bool {
        let d = self.dims;
        let mut products = vec![0.0; d * d];
        if d > 0 {
            linear::Rows::new(&self.rows, d).products(&self.rows, &mut products);
        }
        products.iter().enumerate().all(|(at, product)| {
            let expected = if at / d == at % d { 1.0 } else { 0.0 };
            (product - expected).abs() <= 1e-4
        })
    }
}

fn second_moment(samples: &[&[f32]], dims: usize) -> DMatrix<f64> {
    let parts: Vec<DMatrix<f64>> = samples
        .par_chunks(BLOCK)
        .map(|block| {
            let columns = DMatrix::from_iterator(
                dims,
                block.len(),
                block.iter().flat_map(|row| row.iter().map(|x| f64::from(*x))),
            );
            &columns * columns.transpose()
        })
        .collect();
    parts.into_iter().fold(DMatrix::zeros(dims, dims), |sum, part| sum + part)
}

/// The first `keep` dimensions of `vector` at length one: for a model trained to be cut (Matryoshka).
pub fn prefix(vector: &[f32], keep: usize) -> Vec<f32> {
    let mut short = vector[..keep.min(vector.len())].to_vec();
    cairn_core::vector::normalise(&mut short);
    short
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cairn_core::vector::cosine;

    use super::*;
    use crate::random::Random;

    /// Vectors whose energy lies in few directions that are not axes, as embeddings have it.
    fn embeddings(n: usize, dims: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        let basis: Vec<f32> = (0..dims * dims).map(|_| random.unit() - 0.5).collect();
        let mut vectors = Vec::with_capacity(n * dims);
        for _ in 0..n {
            let mut vector = vec![0.0; dims];
            for (i, direction) in basis.chunks_exact(dims).enumerate() {
                let weight = (random.unit() - 0.5) / (1.0 + i as f32);
                vector.iter_mut().zip(direction).for_each(|(x, d)| *x += weight * d);
            }
            cairn_core::vector::normalise(&mut vector);
            vectors.extend(vector);
        }
        vectors
    }

    #[test]
    fn full_length_cosines_do_not_change() {
        let (dims, vectors) = (48, embeddings(400, 48, 1));
        let rotation = Rotation::fit(&vectors, dims, 10_000);
        let rotated = rotation.apply_all(&vectors, dims);
        for (i, j) in [(0, 1), (5, 399), (17, 200), (3, 3)] {
            let row = |all: &[f32], i: usize| all[i * dims..(i + 1) * dims].to_vec();
            let before = cosine(&row(&vectors, i), &row(&vectors, j));
            let after = cosine(&row(&rotated, i), &row(&rotated, j));
            assert!((before - after).abs() < 1e-5, "{before} {after}");
        }
    }

    #[test]
    fn a_short_prefix_keeps_more_than_plain_cutting() {
        let (dims, keep, vectors) = (48, 8, embeddings(400, 48, 2));
        let rotation = Rotation::fit(&vectors, dims, 10_000);
        let error = |cut: &dyn Fn(&[f32]) -> Vec<f32>| -> f32 {
            let pairs = vectors.chunks_exact(2 * dims).map(|pair| pair.split_at(dims));
            pairs.map(|(a, b)| (cosine(a, b) - cosine(&cut(a), &cut(b))).abs()).sum()
        };
        let (rotated, plain) = (error(&|v| rotation.apply(v, keep)), error(&|v| prefix(v, keep)));
        assert!(rotated < 0.5 * plain, "{rotated} {plain}");
    }

    #[test]
    fn one_by_one_and_all_at_once_agree() {
        let vectors = embeddings(300, 20, 3);
        let rotation = Rotation::fit(&vectors, 20, 100);
        let all = rotation.apply_all(&vectors, 7);
        for (vector, rotated) in vectors.chunks_exact(20).zip(all.chunks_exact(7)) {
            let one = rotation.apply(vector, 7);
            assert!(one.iter().zip(rotated).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }

    #[test]
    fn known_axes_come_in_order_of_energy() {
        // Twice as much along the second axis as along the first, nothing along the third.
        let rotation = Rotation::fit(&[1.0, 0.0, 0.0, 0.0, 2.0, 0.0], 3, 10);
        assert_eq!(rotation.apply(&[0.6, 0.8, 0.0], 3), [0.8, 0.6, 0.0]);
        assert_eq!(rotation.apply(&[0.6, 0.8, 0.0], 1), [1.0]);
    }

    #[test]
    fn same_vectors_same_bytes_and_they_round_trip() {
        let vectors = embeddings(900, 24, 4);
        let rotation = Rotation::fit(&vectors, 24, 700);
        assert_eq!(rotation, Rotation::fit(&vectors, 24, 700));
        let read = Rotation::from_bytes(&rotation.to_bytes()).unwrap();
        assert_eq!(read, rotation);
        assert_eq!(read.hash(), rotation.hash());
        assert_ne!(rotation.hash(), Rotation::identity(24).hash());
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = Rotation::fit(&embeddings(50, 6, 5), 6, 50).to_bytes();
        let mut changed = bytes.clone();
        changed[11] ^= 0x40;
        let mut nan = bytes.clone();
        nan[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        let huge = [&MAGIC[..], &u32::MAX.to_le_bytes()].concat();
        for bad in [&bytes[..bytes.len() - 1], &bytes[..3], &[], &changed, &nan, &huge] {
            assert!(Rotation::from_bytes(bad).is_err());
        }
    }

    #[test]
    fn little_or_odd_input() {
        assert_eq!(Rotation::fit(&[], 4, 100), Rotation::identity(4));
        assert_eq!(Rotation::fit(&[f32::NAN, 1.0], 2, 100), Rotation::identity(2));
        assert_eq!(Rotation::fit(&[1.0, 2.0], 0, 100), Rotation::identity(0));
        assert_eq!(Rotation::identity(0).apply(&[], 3), Vec::<f32>::new());
        let one = Rotation::fit(&[0.0, 1.0, 0.0], 3, 100);
        assert_eq!(one.apply(&[0.0, 5.0, 0.0], 1), [1.0]);
        assert_eq!(prefix(&[3.0, 4.0, 9.0], 2), [0.6, 0.8]);
        assert_eq!(prefix(&[0.0], 5), [0.0]);
    }

    #[test]
    fn a_rotation_keeps_most_of_what_it_was_fitted_on() {
        // Vectors in the first two of four directions, then in the last two.
        let plane = |from: usize| -> Vec<f32> {
            let turn = |i: usize| (i as f32 * 0.7).sin_cos();
            (0..64)
                .flat_map(|i| {
                    let mut row = [0.0; 4];
                    (row[from], row[from + 1]) = turn(i);
                    row
                })
                .collect()
        };
        let (before, after) = (plane(0), plane(2));
        let rotation = Rotation::fit(&before, 4, 1_000);
        assert!((rotation.kept(&before, 2) - 1.0).abs() < 1e-5);
        assert!(rotation.kept(&after, 2) < 1e-5);
        assert!((rotation.kept(&after, 4) - 1.0).abs() < 1e-5);
        let both = [before, after].concat();
        assert!((Rotation::identity(4).kept(&both, 2) - 0.5).abs() < 1e-5);
        assert_eq!(rotation.kept(&[], 2), 0.0);
    }
}
