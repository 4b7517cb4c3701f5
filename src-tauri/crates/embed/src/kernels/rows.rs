//! What is done to rows: exponentials, GELU, layer normalisation, sums.

use pulp::{Simd, WithSimd};

/// `e^x` for `x <= 88`, to about one unit in the last place; next to 0 (1e-38) below -87.
///
/// `2^n` times the Taylor polynomial of what remains, which is at most ln 2 / 2 in size.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Added to a number, 1.5 * 2^23 leaves it rounded in the lowest bits; 127 is the exponent's offset.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    // ln 2 in two parts, the first with few enough bits for exact products.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = simd.max_f32s(x, simd.splat_f32s(-87.3));
    let rounded = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let power = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(rounded), simd.splat_u32s(23));
    let power = simd.transmute_f32s_u32s(power);
    let n = simd.sub_f32s(rounded, simd.splat_f32s(ROUND));
    let rest = simd.mul_add_f32s(n, simd.splat_f32s(-LN_2_HIGH), x);
    let rest = simd.mul_add_f32s(n, simd.splat_f32s(-LN_2_LOW), rest);
    let mut sum = simd.splat_f32s(1.0 / 5040.0);
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = simd.mul_add_f32s(sum, rest, simd.splat_f32s(factor));
    }
    simd.mul_f32s(sum, power)
}

/// `x` times the normal distribution's probability of less than `x` (Hendrycks and Gimpel 2016, arXiv:1606.08415), by
/// formula 7.1.26 of Abramowitz and Stegun for the error function, which is off by less than 1.5e-7.
#[inline(always)]
pub(super) fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let size = simd.abs_f32s(simd.mul_f32s(x, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2)));
    let t = simd.div_f32s(
        simd.splat_f32s(1.0),
        simd.mul_add_f32s(size, simd.splat_f32s(0.327_591_1), simd.splat_f32s(1.0)),
    );
    let mut sum = simd.splat_f32s(0.5 * 1.061_405_4);
    for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = simd.mul_add_f32s(sum, t, simd.splat_f32s(0.5 * factor));
    }
    // The probability of more than |x|.
    let bell = exp(simd, simd.neg_f32s(simd.mul_f32s(size, size)));
    let tail = simd.mul_f32s(simd.mul_f32s(sum, t), bell);
    let positive = simd.greater_than_f32s(x, simd.splat_f32s(0.0));
    let below = simd.select_f32s(positive, simd.sub_f32s(simd.splat_f32s(1.0), tail), tail);
    simd.mul_f32s(x, below)
}

/// `x * sigmoid(beta x)` (Ramachandran et al. 2017, arXiv:1710.05941).
#[inline(always)]
pub(super) fn swish<S: Simd>(simd: S, x: S::f32s, beta: f32) -> S::f32s {
    // Below -87 / beta the power would be infinite; there the result is next to nothing.
    let power = simd.mul_f32s(x, simd.splat_f32s(-beta));
    let one = simd.splat_f32s(1.0);
    let bell = exp(simd, simd.min_f32s(power, simd.splat_f32s(87.0)));
    simd.div_f32s(x, simd.add_f32s(one, bell))
}

/// Layer normalisation (Ba et al. 2016, arXiv:1607.06450) with its learnt scale and shift.
pub(crate) struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub epsilon: f32,
}

impl LayerNorm {
    /// Normalises each row in place.
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        pulp::Arch::new().dispatch(Normalise(self, rows));
    }
}

struct Normalise<'a>(&'a LayerNorm, &'a mut [f32]);

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Normalise(LayerNorm { weight, bias, epsilon }, rows) = self;
        let share = 1.0 / weight.len() as f32;
        for row in rows.chunks_exact_mut(weight.len()) {
            let mean = simd.splat_f32s(
                sum(
                    simd,
                    row,
                    #[inline(always)]
                    |x| x,
                ) * share,
            );
            let variance = share
                * sum(
                    simd,
                    row,
                    #[inline(always)]
                    |x| {
                        let off = simd.sub_f32s(x, mean);
                        simd.mul_f32s(off, off)
                    },
                );
            let scale = simd.splat_f32s(1.0 / (variance + epsilon).sqrt());
            combine(
                simd,
                row,
                weight,
                bias,
                #[inline(always)]
                |x, weight, bias| {
                    simd.mul_add_f32s(simd.mul_f32s(simd.sub_f32s(x, mean), scale), weight, bias)
                },
            );
        }
    }
}

/// The sum of `value` over a row. Beyond the row's end, where vectors reach further, nothing is added.
#[inline(always)]
fn sum<S: Simd>(simd: S, row: &[f32], value: impl Fn(S::f32s) -> S::f32s) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let mut total = simd.splat_f32s(0.0);
    for x in vectors {
        total = simd.add_f32s(total, value(*x));
    }
    let mut total = simd.reduce_sum_f32s(total);
    if !rest.is_empty() {
        let values = value(simd.partial_load_f32s(rest));
        let mut kept = [0.0; super::tile::MOST_COLUMNS];
        simd.partial_store_f32s(&mut kept[..rest.len()], values);
        total += kept.iter().sum::<f32>();
    }
    total
}

/// `a` becomes what `value` makes of `a`, `b` and `c`, place by place.
#[inline(always)]
pub(super) fn combine<S: Simd>(
    simd: S,
    a: &mut [f32],
    b: &[f32],
    c: &[f32],
    value: impl Fn(S::f32s, S::f32s, S::f32s) -> S::f32s,
) {
    let (b, c) = (&b[..a.len()], &c[..a.len()]);
    let ((a, last_a), (b, last_b), (c, last_c)) =
        (S::as_mut_simd_f32s(a), S::as_simd_f32s(b), S::as_simd_f32s(c));
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = value(*a, *b, *c);
    }
    if !last_a.is_empty() {
        let loaded = simd.partial_load_f32s(last_a);
        let made = value(loaded, simd.partial_load_f32s(last_b), simd.partial_load_f32s(last_c));
        simd.partial_store_f32s(last_a, made);
    }
}

/// Each number becomes `e` to its distance from the largest. Gives their sum. `row` fills whole vectors.
#[inline(always)]
pub(super) fn exp_row<S: Simd>(simd: S, row: &mut [f32]) -> f32 {
    let (vectors, _) = S::as_mut_simd_f32s(row);
    let mut largest = simd.splat_f32s(f32::NEG_INFINITY);
    for x in vectors.iter() {
        largest = simd.max_f32s(largest, *x);
    }
    let largest = simd.splat_f32s(simd.reduce_max_f32s(largest));
    let mut total = simd.splat_f32s(0.0);
    for x in vectors {
        *x = exp(simd, simd.sub_f32s(*x, largest));
        total = simd.add_f32s(total, *x);
    }
    simd.reduce_sum_f32s(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(values: Vec<f32>, kind: Kind) -> f64 {
        struct Make(Vec<f32>, Kind);
        impl WithSimd for Make {
            type Output = Vec<f32>;
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
                let Make(mut values, kind) = self;
                let other = values.clone();
                combine(
                    simd,
                    &mut values,
                    &other,
                    &other,
                    #[inline(always)]
                    |x, _, _| match kind {
                        Kind::Exp => exp(simd, x),
                        Kind::Gelu => gelu(simd, x),
                    },
                );
                values
            }
        }
        let made = pulp::Arch::new().dispatch(Make(values.clone(), kind));
        let off = values.iter().zip(made).map(|(&x, made)| {
            let x = f64::from(x);
            match kind {
                Kind::Exp => (f64::from(made) / x.exp() - 1.0).abs(),
                Kind::Gelu => (f64::from(made) - x * normal(x)).abs(),
            }
        });
        off.fold(0.0, f64::max)
    }

    #[derive(Clone, Copy)]
    enum Kind {
        Exp,
        Gelu,
    }

    /// The probability of less than `x`, by the series of Marsaglia 2004 (Evaluating the Normal Distribution).
    fn normal(x: f64) -> f64 {
        let (mut sum, mut term, mut i) = (x, x, 1.0);
        while term.abs() > 1e-18 {
            i += 2.0;
            term *= x * x / i;
            sum += term;
        }
        0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }

    #[test]
    fn exponentials_and_gelu_are_exact_to_f32() {
        let values: Vec<f32> = (-87_000..=10_003).map(|i| i as f32 * 0.001).collect();
        let error = errors(values, Kind::Exp);
        assert!(error < 2.5e-7, "{error:e}");
        let values: Vec<f32> = (-6_000..=6_001).map(|i| i as f32 * 0.001).collect();
        let error = errors(values, Kind::Gelu);
        assert!(error < 6e-7, "{error:e}");
    }

    #[test]
    fn a_row_of_any_length_is_normalised() {
        for length in [1usize, 3, 16, 19, 32, 70] {
            let row: Vec<f32> = (0..length).map(|i| (i * i % 7) as f32 - 2.0).collect();
            let norm = LayerNorm { weight: vec![2.0; length], bias: vec![0.5; length], epsilon: 1e-12 };
            let mut made = row.clone();
            norm.apply(&mut made);
            let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / length as f64;
            let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / length as f64;
            for (x, made) in row.iter().zip(made) {
                let expected = 2.0 * (f64::from(*x) - mean) / (variance + 1e-12).sqrt() + 0.5;
                assert!((expected - f64::from(made)).abs() < 1e-5, "{length}: {expected} {made}");
            }
        }
    }
}
