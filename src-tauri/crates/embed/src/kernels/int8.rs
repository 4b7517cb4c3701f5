//! Products in eight bits, for processors with AVX-512 VNNI: weights rounded for each output when the model is loaded,
//! inputs for each row as they come (the scheme of Dettmers et al. 2022, arXiv:2208.07339, section 2, with an offset
//! for the inputs, since GELU's results lie on one side of zero).
//!
//! A weight is `scale[output] * q` with `q` from -127 to 127; an input is `scale[row] * q + least[row]` with `q` from 0 to
//! 255. Their products are summed exactly, in 32 bits.

use super::tile::Sums;

/// Weights that one instruction multiplies and adds for each output.
const GROUP: usize = 4;
/// Added to a small number and taken away again, 1.5 * 2^23 leaves it rounded.
const ROUND: f32 = 12_582_912.0;

/// Outputs of a panel: two vectors of 32-bit sums.
pub(super) const COLUMNS: usize = 32;

/// Whether this processor computes in eight bits faster than in `f32`.
pub(crate) fn pays() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        super::tile::columns() == COLUMNS && is_x86_feature_detected!("avx512vnni")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Sixteen groups of four numbers in eight bits each, in the order of memory.
type Vector = [i32; LANES];
/// Outputs of a vector.
const LANES: usize = 16;

/// A weight `[outputs, inputs]` in panels. A panel holds for the first four inputs those of each of its outputs, then for
/// the next four, and so on.
pub(super) struct Panels {
    /// Groups of inputs.
    depth: usize,
    /// Two vectors of groups of weights, for each group of inputs of each panel.
    weights: Vec<[Vector; 2]>,
    /// For each output, padded to whole panels.
    scales: Vec<f32>,
    /// For each output the sum of its `q`.
    totals: Vec<f32>,
}

impl Panels {
    pub(super) fn pack(weight: &[f32], inputs: usize) -> Panels {
        let outputs = (weight.len() / inputs).next_multiple_of(COLUMNS);
        let depth = inputs.div_ceil(GROUP);
        let mut weights = vec![[[0; LANES]; 2]; outputs / COLUMNS * depth];
        let (mut scales, mut totals) = (vec![0f32; outputs], vec![0f32; outputs]);
        for (output, row) in weight.chunks_exact(inputs).enumerate() {
            let largest = row.iter().fold(0f32, |largest, x| largest.max(x.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            let panel = &mut weights[output / COLUMNS * depth..][..depth];
            let (half, lane) = (output % COLUMNS / LANES, output % LANES);
            let mut total = 0.0;
            for (group, vectors) in row.chunks(GROUP).zip(panel) {
                let mut bytes = [0; GROUP];
                for (byte, x) in bytes.iter_mut().zip(group) {
                    let q = x / scale + ROUND - ROUND;
                    *byte = (q as i8).to_ne_bytes()[0];
                    total += q;
                }
                vectors[half][lane] = i32::from_ne_bytes(bytes);
            }
            (scales[output], totals[output]) = (scale, total);
        }
        Panels { depth, weights, scales, totals }
    }
}

/// Rows in eight bits, and how to read them.
#[derive(Default)]
pub(super) struct Rows {
    /// Groups of a row, padding included.
    stride: usize,
    /// Four inputs each, in the order of memory.
    groups: Vec<i32>,
    /// Of each row `scale` and `least`.
    ranges: Vec<(f32, f32)>,
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    use std::arch::x86_64::{
        __m128i, __m512, __m512i, _mm512_cvtepi32_ps, _mm512_cvtps_epi32, _mm512_cvtusepi32_epi8,
        _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_mask_max_ps, _mm512_mask_min_ps, _mm512_max_epi32,
        _mm512_mul_ps, _mm512_reduce_max_ps, _mm512_reduce_min_ps, _mm512_set1_epi32, _mm512_set1_ps,
        _mm512_setzero_si512, _mm512_sub_ps,
    };

    use super::{COLUMNS, GROUP, LANES, Panels, Rows, Vector};
    use crate::kernels::tile::Sums;

    // SAFETY, of every transmutation here: both sides are 512 (or 128) bits without padding, valid whatever the bits.

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn floats(x: [f32; LANES]) -> __m512 {
        // SAFETY: above.
        unsafe { std::mem::transmute(x) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn integers(x: Vector) -> __m512i {
        // SAFETY: above.
        unsafe { std::mem::transmute(x) }
    }

    /// The integers that [`accumulate`] left in the place of numbers.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn bits(x: [f32; LANES]) -> __m512i {
        // SAFETY: above.
        unsafe { std::mem::transmute(x) }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn round(rows: &mut Rows, input: &[f32], inputs: usize) {
        let stride = inputs.next_multiple_of(LANES) / GROUP;
        rows.stride = stride;
        rows.groups.resize(input.len() / inputs * stride, 0);
        rows.ranges.clear();
        for (row, groups) in input.chunks_exact(inputs).zip(rows.groups.chunks_exact_mut(stride)) {
            let (vectors, rest) = row.as_chunks::<LANES>();
            let mut last = [0.0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            let mask = (1u16 << rest.len()) - 1;
            let (mut least, mut most) = (_mm512_set1_ps(f32::MAX), _mm512_set1_ps(f32::MIN));
            for vector in vectors {
                least = _mm512_mask_min_ps(least, u16::MAX, least, floats(*vector));
                most = _mm512_mask_max_ps(most, u16::MAX, most, floats(*vector));
            }
            least = _mm512_mask_min_ps(least, mask, least, floats(last));
            most = _mm512_mask_max_ps(most, mask, most, floats(last));
            let (least, most) = (_mm512_reduce_min_ps(least), _mm512_reduce_max_ps(most));
            let scale = ((most - least) / 255.0).max(f32::MIN_POSITIVE);
            rows.ranges.push((scale, least));
            let (offset, share) = (_mm512_set1_ps(least), _mm512_set1_ps(1.0 / scale));
            let groups = groups.as_chunks_mut::<{ LANES / GROUP }>().0;
            for (vector, groups) in vectors.iter().chain([&last]).zip(groups) {
                let q = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_sub_ps(floats(*vector), offset), share));
                let q = _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512()));
                // SAFETY: above.
                *groups = unsafe { std::mem::transmute::<__m128i, [i32; LANES / GROUP]>(q) };
            }
        }
    }

    /// `sums` of `ROWS` rows from `first` on by a panel, as integers in the place of `f32`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    fn accumulate<const ROWS: usize>(rows: &Rows, first: usize, weights: &[[Vector; 2]], sums: &mut Sums) {
        // Not `array::from_fn`, into which the compiler inlines nothing that uses this processor's features.
        let mut inputs: [&[i32]; ROWS] = [&[]; ROWS];
        for (row, input) in inputs.iter_mut().enumerate() {
            *input = &rows.groups[(first + row) * rows.stride..][..weights.len()];
        }
        let mut totals = [[_mm512_setzero_si512(); 2]; ROWS];
        for (k, [left, right]) in weights.iter().enumerate() {
            let (left, right) = (integers(*left), integers(*right));
            for row in 0..ROWS {
                let group = _mm512_set1_epi32(inputs[row][k]);
                totals[row][0] = _mm512_dpbusd_epi32(totals[row][0], group, left);
                totals[row][1] = _mm512_dpbusd_epi32(totals[row][1], group, right);
            }
        }
        let sums = sums.as_chunks_mut::<LANES>().0;
        for row in 0..ROWS {
            // SAFETY: above.
            sums[2 * row] = unsafe { std::mem::transmute::<__m512i, [f32; LANES]>(totals[row][0]) };
            // SAFETY: above.
            sums[2 * row + 1] = unsafe { std::mem::transmute::<__m512i, [f32; LANES]>(totals[row][1]) };
        }
    }

    /// `sums` of `ROWS` rows from `first` on by a panel.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(super) fn multiply<const ROWS: usize>(
        rows: &Rows,
        first: usize,
        panels: &Panels,
        panel: usize,
        sums: &mut Sums,
    ) {
        accumulate::<ROWS>(rows, first, &panels.weights[panel * panels.depth..][..panels.depth], sums);
        let scales = panels.scales[panel * COLUMNS..].as_chunks::<LANES>().0;
        let totals = panels.totals[panel * COLUMNS..].as_chunks::<LANES>().0;
        let sums = sums[..ROWS * COLUMNS].as_chunks_mut::<LANES>().0;
        for (row, (scale, least)) in sums.chunks_exact_mut(2).zip(&rows.ranges[first..]) {
            let (scale, least) = (_mm512_set1_ps(*scale), _mm512_set1_ps(*least));
            for (half, sums) in row.iter_mut().enumerate() {
                let sum = _mm512_cvtepi32_ps(bits(*sums));
                let sum = _mm512_fmadd_ps(least, floats(totals[half]), _mm512_mul_ps(sum, scale));
                let sum = _mm512_mul_ps(sum, floats(scales[half]));
                // SAFETY: above.
                *sums = unsafe { std::mem::transmute::<__m512, [f32; LANES]>(sum) };
            }
        }
    }
}

impl Rows {
    /// Rounds rows of `inputs` numbers. Only where eight bits pay.
    pub(super) fn round(&mut self, input: &[f32], inputs: usize) {
        assert!(pays());
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor was asked.
        unsafe {
            vnni::round(self, input, inputs);
        }
    }
}

/// `sums` of `count` rows from `first` on by a panel, in `f32`. Only where eight bits pay.
#[inline(always)]
pub(super) fn multiply(
    rows: &Rows,
    (first, count): (usize, usize),
    panels: &Panels,
    panel: usize,
    sums: &mut Sums,
) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: rows exist only where `Rows::round` found that the processor can.
    unsafe {
        match count {
            1 => vnni::multiply::<1>(rows, first, panels, panel, sums),
            2 => vnni::multiply::<2>(rows, first, panels, panel, sums),
            3 => vnni::multiply::<3>(rows, first, panels, panel, sums),
            4 => vnni::multiply::<4>(rows, first, panels, panel, sums),
            5 => vnni::multiply::<5>(rows, first, panels, panel, sums),
            6 => vnni::multiply::<6>(rows, first, panels, panel, sums),
            7 => vnni::multiply::<7>(rows, first, panels, panel, sums),
            8 => vnni::multiply::<8>(rows, first, panels, panel, sums),
            9 => vnni::multiply::<9>(rows, first, panels, panel, sums),
            10 => vnni::multiply::<10>(rows, first, panels, panel, sums),
            11 => vnni::multiply::<11>(rows, first, panels, panel, sums),
            _ => vnni::multiply::<12>(rows, first, panels, panel, sums),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (rows, first, count, panels, panel, sums);
        unreachable!("nothing is rounded to eight bits on this processor");
    }
}
