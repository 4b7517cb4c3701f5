//! Products of rows with a weight that was packed when the model was loaded.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::cells::Cells;
use super::rows::{combine, gelu};
use super::tile::{self, MOST_COLUMNS, MOST_ROWS, Sums, Tile, tiles};

/// A linear layer: a weight `[outputs, inputs]` and a bias, the weight cut into panels of as many outputs as a tile has
/// columns. A panel holds the weights of its first input, then those of the second, and so on.
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    columns: usize,
    panels: Vec<f32>,
    bias: Vec<f32>,
}

/// What is done to the product.
#[derive(Clone, Copy)]
pub(crate) enum Finish {
    /// The bias is added.
    Bias,
    /// The bias is added, and then GELU applied.
    Gelu,
    /// The bias is added, and all of it to what the output holds.
    Add,
}

impl Linear {
    /// Packs a weight `[outputs, inputs]` and a bias `[outputs]`.
    pub(crate) fn pack(weight: &[f32], bias: Vec<f32>) -> Linear {
        let (outputs, columns) = (bias.len(), tile::columns());
        let inputs = weight.len() / outputs;
        let mut panels = vec![0f32; outputs.div_ceil(columns) * columns * inputs];
        panels.par_chunks_exact_mut(columns * inputs).zip(weight.par_chunks(columns * inputs)).for_each(
            |(panel, weight)| {
                for (column, weights) in weight.chunks_exact(inputs).enumerate() {
                    for (k, weight) in weights.iter().enumerate() {
                        panel[k * columns + column] = *weight;
                    }
                }
            },
        );
        Linear { inputs, outputs, columns, panels, bias }
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// `[rows, inputs]` to `[rows, outputs]`, on this thread, or on all if the columns are to be `spread` over them,
    /// which pays where rows are few.
    pub(crate) fn forward(&self, input: &[f32], output: &mut [f32], finish: Finish, spread: bool) {
        let panels = self.outputs.div_ceil(self.columns);
        let cells = Cells::new(output, self.outputs);
        let part = |first: usize, last: usize| {
            pulp::Arch::new().dispatch(Product { linear: self, input, cells, finish, panels: (first, last) });
        };
        if spread {
            let parts = rayon::current_num_threads().min(panels);
            (0..parts).into_par_iter().for_each(|at| part(at * panels / parts, (at + 1) * panels / parts));
        } else {
            part(0, panels);
        }
    }
}

struct Product<'a> {
    linear: &'a Linear,
    input: &'a [f32],
    cells: Cells<'a, f32>,
    finish: Finish,
    panels: (usize, usize),
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Linear { inputs, outputs, columns, panels, bias } = self.linear;
        let (inputs, columns) = (*inputs, *columns);
        let rows = self.input.len() / inputs;
        let mut sums: Sums = [0.0; MOST_ROWS * MOST_COLUMNS];
        for panel in self.panels.0..self.panels.1 {
            let weights = &panels[panel * columns * inputs..][..columns * inputs];
            let range = panel * columns..((panel + 1) * columns).min(*outputs);
            let bias = &bias[range.clone()];
            for (first, count) in tiles(rows, tile::rows::<S>()) {
                let rows = &self.input[first * inputs..];
                let tile = Tile { rows, stride: inputs, count, depth: inputs, panel: weights };
                tile.multiply(simd, &mut sums);
                for row in 0..count {
                    let sums = &sums[row * columns..][..columns];
                    // SAFETY: a panel's columns are written by the one call that was given this panel.
                    let output = unsafe { self.cells.row(first + row, range.clone()) };
                    match self.finish {
                        Finish::Bias => {
                            combine(
                                simd,
                                output,
                                sums,
                                bias,
                                #[inline(always)]
                                |_, sum, bias| simd.add_f32s(sum, bias),
                            );
                        }
                        Finish::Gelu => combine(
                            simd,
                            output,
                            sums,
                            bias,
                            #[inline(always)]
                            |_, sum, bias| gelu(simd, simd.add_f32s(sum, bias)),
                        ),
                        Finish::Add => combine(
                            simd,
                            output,
                            sums,
                            bias,
                            #[inline(always)]
                            |before, sum, bias| simd.add_f32s(before, simd.add_f32s(sum, bias)),
                        ),
                    }
                }
            }
        }
    }
}
