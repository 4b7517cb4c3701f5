//! Inner products of one query with many stored rows, on whatever vector registers the processor has.
//!
//! All of it is safe code: `pulp` finds out at run time what the processor can do and compiles each loop for
//! AVX-512, AVX2, NEON and for nothing at all. A scan waits for memory, not for arithmetic, so the loops need
//! only keep up with about 4 bytes a cycle.

use pulp::{Arch, Simd, WithSimd};

/// What a row and the query have in common.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    /// The sum of products.
    pub(crate) dot: f32,
    /// The sum of the row's squares.
    pub(crate) square: f32,
}

/// Something to compute of a query and a row of the same length.
pub(crate) trait Kernel {
    /// A number of the query.
    type Q;
    /// A number of a row.
    type R;
    /// What is computed.
    type T;

    fn row<S: Simd>(simd: S, query: &[Self::Q], row: &[Self::R]) -> Self::T;
}

/// Computes `K` of the query and each row's first `query.len()` numbers. Rows follow one another every `stride`
/// numbers; `out` says how many there are.
pub(crate) fn each_row<K: Kernel>(query: &[K::Q], rows: &[K::R], stride: usize, out: &mut [K::T]) {
    Arch::new().dispatch(EachRow::<K> { query, rows, stride, out });
}

/// The loop over rows, compiled once for each set of registers. (A closure would not do: nothing forces the
/// compiler to put it inside the function that may use the registers.)
struct EachRow<'a, K: Kernel> {
    query: &'a [K::Q],
    rows: &'a [K::R],
    stride: usize,
    out: &'a mut [K::T],
}

impl<K: Kernel> WithSimd for EachRow<'_, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, out) in self.rows.chunks(self.stride).zip(self.out) {
            *out = K::row(simd, self.query, &row[..self.query.len()]);
        }
    }
}

/// Inner product of rows of 32-bit floats and, where `SQUARES`, their squared length.
pub(crate) struct F32<const SQUARES: bool>;

impl<const SQUARES: bool> Kernel for F32<SQUARES> {
    type Q = f32;
    type R = f32;
    type T = Sums;

    #[inline(always)]
    fn row<S: Simd>(simd: S, query: &[f32], row: &[f32]) -> Sums {
        let (query, query_rest) = S::as_simd_f32s(query);
        let (row, row_rest) = S::as_simd_f32s(row);
        // Four sums of each kind hide the latency of an addition.
        let mut dots = [simd.splat_f32s(0.0); 4];
        let mut squares = dots;
        let (query_fours, query_ones) = query.as_chunks::<4>();
        let (row_fours, row_ones) = row.as_chunks::<4>();
        for (q, r) in query_fours.iter().zip(row_fours) {
            for i in 0..4 {
                dots[i] = simd.mul_add_f32s(q[i], r[i], dots[i]);
                if SQUARES {
                    squares[i] = simd.mul_add_f32s(r[i], r[i], squares[i]);
                }
            }
        }
        for (q, r) in query_ones.iter().zip(row_ones) {
            dots[0] = simd.mul_add_f32s(*q, *r, dots[0]);
            squares[0] = simd.mul_add_f32s(*r, *r, squares[0]);
        }
        let mut sums = Sums { dot: total(simd, dots), square: total(simd, squares) };
        for (q, r) in query_rest.iter().zip(row_rest) {
            sums.dot += q * r;
            sums.square += r * r;
        }
        sums
    }
}

#[inline(always)]
fn total<S: Simd>(simd: S, s: [S::f32s; 4]) -> f32 {
    simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(s[0], s[1]), simd.add_f32s(s[2], s[3])))
}

/// As [`F32`] for rows of 16-bit floats (IEEE 754 binary16, as bits).
pub(crate) struct F16<const SQUARES: bool>;

/// Numbers that are widened together: two registers of the widest kind.
const WIDENED: usize = 32;

impl<const SQUARES: bool> Kernel for F16<SQUARES> {
    type Q = f32;
    type R = u16;
    type T = Sums;

    #[inline(always)]
    fn row<S: Simd>(_: S, query: &[f32], row: &[u16]) -> Sums {
        let (mut dots, mut squares) = ([0f32; WIDENED], [0f32; WIDENED]);
        let (query, query_rest) = query.as_chunks::<WIDENED>();
        let (row, row_rest) = row.as_chunks::<WIDENED>();
        for (q, r) in query.iter().zip(row) {
            for i in 0..WIDENED {
                let x = f16_to_f32(r[i]);
                dots[i] += q[i] * x;
                if SQUARES {
                    squares[i] += x * x;
                }
            }
        }
        let mut sums = Sums { dot: halved(dots), square: halved(squares) };
        for (q, r) in query_rest.iter().zip(row_rest) {
            let x = f16_to_f32(*r);
            sums.dot += q * x;
            sums.square += x * x;
        }
        sums
    }
}

/// The sum, by adding the upper half to the lower again and again: one by one, each addition would wait for the last.
#[inline(always)]
fn halved(mut numbers: [f32; WIDENED]) -> f32 {
    for half in [16, 8, 4, 2, 1] {
        let (lower, upper) = numbers.split_at_mut(half);
        for i in 0..half {
            lower[i] += upper[i];
        }
    }
    numbers[0]
}

/// Inner product of rows of 8-bit integers from -127 to 127. At most 65,536 of them: beyond that the sum may
/// not fit.
pub(crate) struct Int8;

impl Kernel for Int8 {
    type Q = i8;
    type R = i8;
    type T = i32;

    #[inline(always)]
    fn row<S: Simd>(_: S, query: &[i8], row: &[i8]) -> i32 {
        // A product fits 16 bits and the sum of two 32: the compiler makes "multiply and add pairs" of it. The
        // operations wrap because a check for overflow in each step would keep it from doing so.
        let product = |(q, r): (&i8, &i8)| i32::from(i16::from(*q).wrapping_mul(i16::from(*r)));
        query.iter().zip(row).map(product).fold(0, i32::wrapping_add)
    }
}

/// Number of bits in which rows of 64-bit words differ from the query.
pub(crate) struct DifferingBits;

impl Kernel for DifferingBits {
    type Q = u64;
    type R = u64;
    type T = u32;

    #[inline(always)]
    fn row<S: Simd>(_: S, query: &[u64], row: &[u64]) -> u32 {
        query.iter().zip(row).map(|(q, r)| (q ^ r).count_ones()).fold(0, u32::wrapping_add)
    }
}

/// The value of a 16-bit float. Infinities and NaN do not occur: only numbers of at most 1 are stored.
#[inline(always)]
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    // Exponent and fraction move to where a 32-bit float has them; the product puts the exponent right, for
    // numbers below the normal ones too.
    let magnitude = f32::from_bits(u32::from(bits & 0x7fff) << 13) * f32::from_bits(0x7780_0000);
    f32::from_bits(magnitude.to_bits() | (u32::from(bits & 0x8000) << 16))
}

/// The 16-bit float nearest to `x` (ties to even), `|x| <= 1`.
pub(crate) fn f32_to_f16(x: f32) -> u16 {
    let sign = ((x.to_bits() >> 16) & 0x8000) as u16;
    let magnitude = x.abs();
    // Below the normal numbers the step is 2^-24.
    if magnitude < f32::from_bits(0x3880_0000) {
        return sign | (magnitude * 16_777_216.0).round_ties_even() as u16;
    }
    let bits = magnitude.to_bits();
    let odd = (bits >> 13) & 1;
    let rounded = bits + 0xfff + odd;
    sign | ((rounded >> 13) - (112 << 10)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn every_16_bit_float_comes_back() {
        for bits in (0..=0x3c00u16).chain(0x8000..=0xbc00) {
            assert_eq!(f32_to_f16(f16_to_f32(bits)), bits, "{bits:#x}");
        }
        for (x, bits) in [(1.0, 0x3c00), (-0.5, 0xb800), (0.1, 0x2e66), (6e-8, 1), (2e-8, 0), (6.1e-5, 0x3ff)]
        {
            assert_eq!(f32_to_f16(x), bits, "{x}");
        }
        for x in numbers(10_000, 1) {
            let back = f16_to_f32(f32_to_f16(x));
            assert!((back - x).abs() <= x.abs() / 2048.0 + 3e-8, "{x} {back}");
        }
    }

    #[test]
    fn kernels_match_plain_sums_at_any_length() {
        for dims in [1usize, 3, 15, 16, 31, 33, 63, 64, 65, 100, 384] {
            let stride = dims.next_multiple_of(64);
            let (query, rows) = (numbers(dims, 2), numbers(5 * stride, 3));
            let halves: Vec<u16> = rows.iter().map(|x| f32_to_f16(*x)).collect();
            let bytes: Vec<i8> = rows.iter().map(|x| (x * 127.0) as i8).collect();
            let query_bytes: Vec<i8> = query.iter().map(|x| (x * 127.0) as i8).collect();
            let (mut full, mut half, mut small) = ([Sums::default(); 5], [Sums::default(); 5], [0; 5]);
            each_row::<F32<true>>(&query, &rows, stride, &mut full);
            each_row::<F16<true>>(&query, &halves, stride, &mut half);
            each_row::<Int8>(&query_bytes, &bytes, stride, &mut small);
            for i in 0..5 {
                let row = &rows[i * stride..][..dims];
                let dot: f32 = query.iter().zip(row).map(|(a, b)| a * b).sum();
                let square: f32 = row.iter().map(|x| x * x).sum();
                assert!((full[i].dot - dot).abs() < 1e-4 && (full[i].square - square).abs() < 1e-3);
                assert!((half[i].dot - dot).abs() < 0.02 && (half[i].square - square).abs() < 0.2);
                let whole: i32 = query_bytes
                    .iter()
                    .zip(&bytes[i * stride..])
                    .map(|(a, b)| i32::from(*a) * i32::from(*b))
                    .sum();
                assert_eq!(small[i], whole);
            }
        }
    }

    #[test]
    fn extreme_bytes_do_not_overflow() {
        let mut out = [0];
        each_row::<Int8>(&vec![-127; 65_536], &vec![127; 65_536], 65_536, &mut out);
        assert_eq!(out[0], -127 * 127 * 65_536);
    }

    #[test]
    fn bits_are_counted() {
        let mut out = [0; 2];
        each_row::<DifferingBits>(&[0, u64::MAX], &[1, u64::MAX, 9, 9, u64::MAX, 0, 9, 9], 4, &mut out);
        assert_eq!(out, [1, 128]);
    }
}
