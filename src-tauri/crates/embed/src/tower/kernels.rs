//! What stock Candle has not: the depthwise convolution on channels-last data, the squares of a dense one as rows of a
//! matrix, and products with weights that were packed when the model was loaded.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, bail};
use pulp::Arch;
use rayon::prelude::*;

use crate::kernels::matrix::{Finish, Linear};

/// Rows of a product that a thread computes at a time: what they hold stays in its cache.
const ROWS: usize = 96;
/// With fewer rows the threads share the columns.
const FEW_ROWS: usize = 32;

/// One matrix product for all places, `[.., inputs]` to `[.., outputs]`, and what follows it.
pub(super) struct Product {
    pub linear: Linear,
    pub finish: Finish,
}

/// Each channel by itself: weights `[side * side, channels]`, zeros around the picture.
pub(super) struct Depthwise {
    pub side: usize,
    pub stride: usize,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub relu: bool,
}

/// `[batch, height, width, channels]` to `[batch, height', width', side * side * channels]`.
pub(super) struct Unfold {
    pub side: usize,
    pub stride: usize,
}

/// Places that a square of `side` takes when it moves by `stride`, its middle beginning on the first place.
fn places(length: usize, side: usize, stride: usize) -> usize {
    (length + 2 * (side / 2) - side) / stride + 1
}

/// The places under a square, along one axis: which of the square's, and which of the picture's.
fn covered(at: usize, side: usize, stride: usize, length: usize) -> impl Iterator<Item = (usize, usize)> {
    let before = side / 2;
    (0..side).filter_map(move |tap| {
        let place = (at * stride + tap).checked_sub(before)?;
        (place < length).then_some((tap, place))
    })
}

fn input<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], [usize; 4])> {
    let (batch, height, width, channels) = layout.shape().dims4()?;
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("the picture is not contiguous") };
    Ok((&storage.as_slice::<f32>()?[start..end], [batch, height, width, channels]))
}

impl CustomOp1 for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (inputs, outputs) = (self.linear.inputs(), self.linear.outputs());
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("the rows are not contiguous") };
        let input = &storage.as_slice::<f32>()?[start..end];
        let mut shape = layout.dims().to_vec();
        if shape.pop() != Some(inputs) {
            bail!("rows of {:?} where {inputs} are expected", layout.shape());
        }
        shape.push(outputs);
        let rows = input.len() / inputs;
        let mut output = vec![0f32; rows * outputs];
        if rows <= FEW_ROWS {
            self.linear.forward(input, &mut output, self.finish, true);
        } else {
            let pairs = output.par_chunks_mut(ROWS * outputs).zip(input.par_chunks(ROWS * inputs));
            pairs.for_each(|(output, input)| self.linear.forward(input, output, self.finish, false));
        }
        Ok((CpuStorage::F32(output), Shape::from(shape)))
    }
}

impl CustomOp1 for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise convolution"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (pixels, [batch, height, width, channels]) = input(storage, layout)?;
        let (rows, columns) = (places(height, self.side, self.stride), places(width, self.side, self.stride));
        let mut outputs = vec![0f32; batch * rows * columns * channels];
        let picture = height * width * channels;
        outputs.par_chunks_mut(columns * channels).enumerate().for_each(|(line, output)| {
            let (item, row) = (line / rows, line % rows);
            let pixels = &pixels[item * picture..][..picture];
            Arch::new().dispatch(|| self.line(pixels, row, [height, width, channels], output));
        });
        Ok((CpuStorage::F32(outputs), Shape::from((batch, rows, columns, channels))))
    }
}

impl Depthwise {
    #[inline(always)]
    fn line(&self, pixels: &[f32], row: usize, [height, width, channels]: [usize; 3], output: &mut [f32]) {
        for (column, output) in output.chunks_exact_mut(channels).enumerate() {
            for (down, y) in covered(row, self.side, self.stride, height) {
                for (across, x) in covered(column, self.side, self.stride, width) {
                    let pixel = &pixels[(y * width + x) * channels..][..channels];
                    let weight = &self.weight[(down * self.side + across) * channels..][..channels];
                    for ((sum, pixel), weight) in output.iter_mut().zip(pixel).zip(weight) {
                        *sum += pixel * weight;
                    }
                }
            }
            for (x, bias) in output.iter_mut().zip(&self.bias) {
                *x += bias;
            }
            if self.relu {
                for x in output {
                    *x = x.max(0.0);
                }
            }
        }
    }
}

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "unfold"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (pixels, [batch, height, width, channels]) = input(storage, layout)?;
        let Unfold { side, stride } = *self;
        let (rows, columns) = (places(height, side, stride), places(width, side, stride));
        let square = side * side * channels;
        let mut outputs = vec![0f32; batch * rows * columns * square];
        outputs.par_chunks_mut(columns * square).enumerate().for_each(|(line, output)| {
            let (item, row) = (line / rows, line % rows);
            for (column, output) in output.chunks_exact_mut(square).enumerate() {
                for (down, y) in covered(row, side, stride, height) {
                    for (across, x) in covered(column, side, stride, width) {
                        let from = ((item * height + y) * width + x) * channels;
                        let to = (down * side + across) * channels;
                        output[to..to + channels].copy_from_slice(&pixels[from..from + channels]);
                    }
                }
            }
        });
        Ok((CpuStorage::F32(outputs), Shape::from((batch, rows, columns, square))))
    }
}
