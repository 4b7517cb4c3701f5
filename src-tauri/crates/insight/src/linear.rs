//! Products of many vectors at once, and the axes of largest spread.

use cairn_core::vector::dot;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use crate::random::Random;

/// Rows that others are multiplied with.
pub(crate) struct Rows(DMatrix<f32>);

impl Rows {
    /// The rows of `rows` (row-major, `dims` each, `dims > 0`).
    pub(crate) fn new(rows: &[f32], dims: usize) -> Self {
        Rows(DMatrix::from_row_slice(rows.len() / dims, dims, rows))
    }

    /// The inner products of every row of `others` with every row of these into `out`, row-major: one row for
    /// each of `others`.
    pub(crate) fn products(&self, others: &[f32], out: &mut [f32]) {
        let (rows, dims) = self.0.shape();
        // What is row-major here is column-major there, and so is the result.
        let others = DMatrixView::from_slice(others, dims, others.len() / dims);
        DMatrixViewMut::from_slice(out, rows, others.ncols()).gemm(1.0, &self.0, &others, 0.0);
    }
}

/// Coordinates of the rows of `vectors` (row-major) along their two axes of largest variance (PCA), by
/// orthogonal iteration on the centred data. `n * 2` values, row-major; zeros where there is no spread.
pub(crate) fn principal_plane(vectors: &[f32], dims: usize) -> Vec<[f32; 2]> {
    const ROUNDS: usize = 40;
    let n = vectors.len() / dims.max(1);
    let mut mean = vec![0f32; dims];
    for row in vectors.chunks_exact(dims.max(1)) {
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += x / n as f32);
    }
    let mut random = Random::new(1);
    let mut axes: [Vec<f32>; 2] = std::array::from_fn(|_| (0..dims).map(|_| random.unit() - 0.5).collect());
    orthonormalise(&mut axes);
    for _ in 0..ROUNDS {
        let mut next = [vec![0f32; dims], vec![0f32; dims]];
        for row in vectors.chunks_exact(dims.max(1)) {
            let centred: Vec<f32> = row.iter().zip(&mean).map(|(x, m)| x - m).collect();
            for (next, axis) in next.iter_mut().zip(&axes) {
                let along = dot(&centred, axis);
                next.iter_mut().zip(&centred).for_each(|(x, c)| *x += along * c);
            }
        }
        axes = next;
        orthonormalise(&mut axes);
    }
    for axis in &mut axes {
        let largest = axis.iter().copied().fold(0f32, |a, x| if x.abs() > a.abs() { x } else { a });
        if largest < 0.0 {
            axis.iter_mut().for_each(|x| *x = -*x);
        }
    }
    let offsets = [dot(&mean, &axes[0]), dot(&mean, &axes[1])];
    let place = |row| std::array::from_fn(|i| dot(row, &axes[i]) - offsets[i]);
    vectors.chunks_exact(dims.max(1)).map(place).collect()
}

fn orthonormalise([first, second]: &mut [Vec<f32>; 2]) {
    cairn_core::vector::normalise(first);
    let along = dot(first, second);
    second.iter_mut().zip(first.iter()).for_each(|(s, f)| *s -= along * f);
    cairn_core::vector::normalise(second);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_hand() {
        let mut out = [0.0; 6];
        let rows = Rows::new(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2);
        rows.products(&[1.0, 2.0, 3.0, 4.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 3.0, 4.0, 7.0]);
    }

    #[test]
    fn products_of_every_shape_are_the_plain_sums() {
        for (a, b, dims) in [(1, 1, 1), (3, 70, 2), (70, 3, 2), (5, 6, 7), (33, 65, 130)] {
            let value = |i: usize| (i * 7 % 11) as f32 - 5.0;
            let (others, rows): (Vec<f32>, Vec<f32>) =
                ((0..a * dims).map(value).collect(), (0..b * dims).map(|i| value(i + 3)).collect());
            let mut out = vec![f32::NAN; a * b];
            Rows::new(&rows, dims).products(&others, &mut out);
            for (i, product) in out.iter().enumerate() {
                let (x, y) = (&others[i / b * dims..], &rows[i % b * dims..]);
                let plain: f32 = x.iter().zip(y).take(dims).map(|(x, y)| x * y).sum();
                assert_eq!(*product, plain, "{a} {b} {dims}");
            }
        }
    }

    #[test]
    fn the_widest_spread_is_the_first_axis() {
        // A long line along (1, 1, 0) with small steps along (0, 0, 1), far from the origin.
        let rows: Vec<f32> =
            (0..20).flat_map(|i| [100.0 + i as f32, 50.0 + i as f32, (i % 2) as f32]).collect();
        let plane = principal_plane(&rows, 3);
        for (i, [x, y]) in plane.iter().enumerate() {
            assert!((x - (i as f32 - 9.5) * 2f32.sqrt()).abs() < 0.05, "{i} {x}");
            assert!((y.abs() - 0.5).abs() < 0.1, "{i} {y}");
        }
        assert_eq!(principal_plane(&[3.0, 4.0, 3.0, 4.0], 2), [[0.0, 0.0], [0.0, 0.0]]);
        assert_eq!(principal_plane(&[], 0), Vec::<[f32; 2]>::new());
    }
}
