//! The innermost product: a few rows by one panel of columns, all sums in registers.

use pulp::{Simd, WithSimd};

/// Vectors side by side in a tile.
pub(super) const VECTORS: usize = 2;
/// Rows of the highest tile.
pub(super) const MOST_ROWS: usize = 12;
/// Columns of the widest tile: two vectors of AVX-512.
pub(super) const MOST_COLUMNS: usize = 32;

/// Columns of a tile on this processor.
pub(super) fn columns() -> usize {
    struct Columns;
    impl WithSimd for Columns {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            VECTORS * S::F32_LANES
        }
    }
    pulp::Arch::new().dispatch(Columns)
}

/// The name of the vector instructions in use.
pub(crate) fn instructions() -> &'static str {
    match columns() / VECTORS {
        16 => "AVX-512",
        8 => "AVX2",
        _ if cfg!(target_arch = "aarch64") => "NEON",
        _ => "no vector instructions",
    }
}

/// Rows of a full tile, whose sums just fit the registers: 32 of them with AVX-512 and NEON, 16 otherwise.
pub(super) const fn rows<S: Simd>() -> usize {
    if S::F32_LANES == 16 || cfg!(target_arch = "aarch64") { MOST_ROWS } else { 6 }
}

/// The sums of a tile, row by row.
pub(super) type Sums = [f32; MOST_ROWS * MOST_COLUMNS];

/// Rows cut into tiles of nearly equal height, none higher than `most`: first row and height.
pub(super) fn tiles(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.div_ceil(most).max(1);
    (0..count).map(move |tile| {
        let (start, end) = (tile * rows / count, (tile + 1) * rows / count);
        (start, end - start)
    })
}

/// `sums[r, c]` becomes the sum over `k` of `rows[r * stride + k] * panel[k * columns + c]`: `count` rows of `depth`
/// numbers by a panel of as many rows and one tile's columns. The sum runs from the first `k` to the last.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a> {
    pub rows: &'a [f32],
    pub stride: usize,
    pub count: usize,
    pub depth: usize,
    pub panel: &'a [f32],
}

impl Tile<'_> {
    #[inline(always)]
    pub(super) fn multiply<S: Simd>(self, simd: S, sums: &mut Sums) {
        match self.count {
            1 => simd.vectorize(Fixed::<1>(self, sums)),
            2 => simd.vectorize(Fixed::<2>(self, sums)),
            3 => simd.vectorize(Fixed::<3>(self, sums)),
            4 => simd.vectorize(Fixed::<4>(self, sums)),
            5 => simd.vectorize(Fixed::<5>(self, sums)),
            6 => simd.vectorize(Fixed::<6>(self, sums)),
            7 => simd.vectorize(Fixed::<7>(self, sums)),
            8 => simd.vectorize(Fixed::<8>(self, sums)),
            9 => simd.vectorize(Fixed::<9>(self, sums)),
            10 => simd.vectorize(Fixed::<10>(self, sums)),
            11 => simd.vectorize(Fixed::<11>(self, sums)),
            _ => simd.vectorize(Fixed::<12>(self, sums)),
        }
    }
}

/// A tile whose height the compiler knows, so that its sums stay in registers.
struct Fixed<'a, const ROWS: usize>(Tile<'a>, &'a mut Sums);

impl<const ROWS: usize> WithSimd for Fixed<'_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Fixed(Tile { rows, stride, depth, panel, .. }, sums) = self;
        let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &rows[row * stride..][..depth]);
        let columns = VECTORS * S::F32_LANES;
        let (panel, _) = S::as_simd_f32s(&panel[..depth * columns]);
        let mut totals = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for (k, weights) in panel.chunks_exact(VECTORS).enumerate() {
            for row in 0..ROWS {
                let input = simd.splat_f32s(rows[row][k]);
                totals[row][0] = simd.mul_add_f32s(input, weights[0], totals[row][0]);
                totals[row][1] = simd.mul_add_f32s(input, weights[1], totals[row][1]);
            }
        }
        let (sums, _) = S::as_mut_simd_f32s(&mut sums[..ROWS * columns]);
        for row in 0..ROWS {
            sums[VECTORS * row] = totals[row][0];
            sums[VECTORS * row + 1] = totals[row][1];
        }
    }
}
