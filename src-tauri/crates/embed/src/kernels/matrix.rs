//! Products of rows with a weight that was packed when the model was loaded.

use std::cell::RefCell;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::cells::Cells;
use super::int8;
use super::rows::{combine, gelu, swish};
use super::tile::{self, MOST_COLUMNS, MOST_ROWS, Sums, Tile, tiles};

/// A linear layer: a weight `[outputs, inputs]`, packed, and a bias.
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    weight: Weight,
    bias: Vec<f32>,
}

/// A weight cut into panels of as many outputs as a tile has columns.
enum Weight {
    /// A panel holds the weights of its first input, then those of the second, and so on.
    F32(Vec<f32>),
    Int8(int8::Panels),
}

/// In what numbers a model is computed on the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// As exact as the weights: 32-bit floating point.
    #[default]
    F32,
    /// Products of 8-bit integers, twice as fast or more and a little less exact (mean cosine to [`Precision::F32`]
    /// above .995). Weights are rounded when the model is loaded; there is no second download. Only on processors with
    /// AVX-512 VNNI.
    Int8,
}

/// What is done to the product.
#[derive(Clone, Copy)]
pub(crate) enum Finish {
    /// The bias is added.
    Bias,
    /// The bias is added, and what is negative then made zero.
    Relu,
    /// The bias is added, and then GELU applied.
    Gelu,
    /// The bias is added, and then CLIP's quick stand-in for GELU applied: `x * sigmoid(1.702 x)`.
    QuickGelu,
    /// The bias is added, and then SiLU applied: `x * sigmoid(x)`.
    Silu,
    /// The bias is added, and what the output holds multiplied by all of it.
    Times,
    /// The bias is added, and all of it to what the output holds.
    Add,
}

impl Linear {
    /// Packs a weight `[outputs, inputs]` and a bias `[outputs]`; in `f32` where eight bits would not pay.
    pub(crate) fn pack(weight: &[f32], bias: Vec<f32>, precision: Precision) -> Linear {
        let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
        let weight = match precision {
            Precision::Int8 if int8::pays() => Weight::Int8(int8::Panels::pack(weight, inputs)),
            _ => Weight::F32(pack(weight, inputs)),
        };
        Linear { inputs, outputs, weight, bias }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// What it was packed in.
    pub(crate) fn precision(&self) -> Precision {
        match self.weight {
            Weight::F32(_) => Precision::F32,
            Weight::Int8(_) => Precision::Int8,
        }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// `[rows, inputs]` to `[rows, outputs]`, on this thread, or on all if the columns are to be `spread` over them,
    /// which pays where rows are few.
    pub(crate) fn forward(&self, input: &[f32], output: &mut [f32], finish: Finish, spread: bool) {
        let panels = self.outputs.div_ceil(tile::columns());
        let cells = Cells::new(output, self.outputs);
        // Not borrowed while others work: a thread that waits may begin another product meanwhile.
        let mut rounded = ROUNDED.take();
        if matches!(self.weight, Weight::Int8(_)) {
            rounded.round(input, self.inputs);
        }
        let part = |first: usize, last: usize| {
            let product =
                Product { linear: self, input, rounded: &rounded, cells, finish, panels: (first, last) };
            pulp::Arch::new().dispatch(product);
        };
        if spread {
            let parts = rayon::current_num_threads().min(panels);
            (0..parts).into_par_iter().for_each(|at| part(at * panels / parts, (at + 1) * panels / parts));
        } else {
            part(0, panels);
        }
        ROUNDED.set(rounded);
    }
}

thread_local! {
    /// Kept from one product to the next.
    static ROUNDED: RefCell<int8::Rows> = RefCell::default();
}

fn pack(weight: &[f32], inputs: usize) -> Vec<f32> {
    let columns = tile::columns();
    let outputs = weight.len() / inputs;
    let mut panels = vec![0f32; outputs.next_multiple_of(columns) * inputs];
    let size = columns * inputs;
    panels.par_chunks_exact_mut(size).zip(weight.par_chunks(size)).for_each(|(panel, weight)| {
        for (column, weights) in weight.chunks_exact(inputs).enumerate() {
            for (k, weight) in weights.iter().enumerate() {
                panel[k * columns + column] = *weight;
            }
        }
    });
    panels
}

struct Product<'a> {
    linear: &'a Linear,
    input: &'a [f32],
    rounded: &'a int8::Rows,
    cells: Cells<'a, f32>,
    finish: Finish,
    panels: (usize, usize),
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Linear { inputs, outputs, weight, bias } = self.linear;
        let (inputs, columns) = (*inputs, tile::VECTORS * S::F32_LANES);
        let rows = self.input.len() / inputs;
        let mut sums: Sums = [0.0; MOST_ROWS * MOST_COLUMNS];
        for panel in self.panels.0..self.panels.1 {
            let range = panel * columns..((panel + 1) * columns).min(*outputs);
            let bias = &bias[range.clone()];
            for (first, count) in tiles(rows, tile::rows::<S>()) {
                match weight {
                    Weight::F32(panels) => {
                        let rows = &self.input[first * inputs..];
                        let panel = &panels[panel * columns * inputs..][..columns * inputs];
                        let tile = Tile { rows, stride: inputs, count, depth: inputs, panel };
                        tile.multiply(simd, &mut sums);
                    }
                    Weight::Int8(panels) => {
                        int8::multiply(self.rounded, (first, count), panels, panel, &mut sums);
                    }
                }
                for row in 0..count {
                    let sums = &sums[row * columns..][..columns];
                    // SAFETY: a panel's columns are written by the one call that was given this panel.
                    let output = unsafe { self.cells.row(first + row, range.clone()) };
                    // What becomes of the output before, given the product and bias as `x`.
                    macro_rules! put {
                        (|$before:pat_param, $x:ident| $value:expr) => {
                            combine(
                                simd,
                                output,
                                sums,
                                bias,
                                #[inline(always)]
                                |$before, sum, bias| {
                                    let $x = simd.add_f32s(sum, bias);
                                    $value
                                },
                            )
                        };
                    }
                    match self.finish {
                        Finish::Bias => put!(|_, x| x),
                        Finish::Relu => put!(|_, x| simd.max_f32s(x, simd.splat_f32s(0.0))),
                        Finish::Gelu => put!(|_, x| gelu(simd, x)),
                        Finish::QuickGelu => put!(|_, x| swish(simd, x, 1.702)),
                        Finish::Silu => put!(|_, x| swish(simd, x, 1.0)),
                        Finish::Times => put!(|before, x| simd.mul_f32s(before, x)),
                        Finish::Add => put!(|before, x| simd.add_f32s(before, x)),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 that look random.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        let number = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0;
        (0..count).map(number).collect()
    }

    /// The largest error, beside the largest result.
    fn error(rows: usize, inputs: usize, outputs: usize, precision: Precision) -> f32 {
        let (input, weight) = (numbers(rows * inputs, 1), numbers(outputs * inputs, 2));
        let (bias, before) = (numbers(outputs, 3), numbers(rows * outputs, 4));
        let linear = Linear::pack(&weight, bias.clone(), precision);
        let mut made = before.clone();
        linear.forward(&input, &mut made, Finish::Add, false);
        let mut spread = before.clone();
        linear.forward(&input, &mut spread, Finish::Add, true);
        assert_eq!(made, spread);
        let expected = |at: usize| {
            let (row, output) = (&input[at / outputs * inputs..], &weight[at % outputs * inputs..][..inputs]);
            let sum: f32 = row.iter().zip(output).map(|(x, w)| x * w).sum();
            before[at] + sum + bias[at % outputs]
        };
        let (mut off, mut largest) = (0f32, 0f32);
        for (at, made) in made.iter().enumerate() {
            off = off.max((made - expected(at)).abs());
            largest = largest.max(expected(at).abs());
        }
        off / largest
    }

    #[test]
    fn products_of_all_shapes_are_right() {
        let shapes = [(1, 4, 1), (2, 7, 33), (5, 32, 64), (13, 64, 31), (25, 100, 96), (47, 384, 40)];
        for (rows, inputs, outputs) in shapes {
            let exact = error(rows, inputs, outputs, Precision::F32);
            assert!(exact < 2e-6, "{rows} x {inputs} x {outputs}: {exact}");
            let rounded = error(rows, inputs, outputs, Precision::Int8);
            assert!(rounded < 0.02, "{rows} x {inputs} x {outputs} in eight bits: {rounded}");
        }
        if !int8::pays() {
            println!("SKIPPED: this processor does not multiply in eight bits");
        }
    }
}
