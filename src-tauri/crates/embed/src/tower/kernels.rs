//! What stock Candle has not: the depthwise convolution on channels-last data, the squares of a dense one as rows of a
//! matrix, and bias with rectification in place.

use candle_core::{CpuStorage, CustomOp1, InplaceOp1, Layout, Result, Shape, bail};
use pulp::Arch;
use rayon::prelude::*;

/// Adds a bias to each row of channels; then, if asked, makes negative numbers zero.
pub(super) struct Finish {
    pub bias: Vec<f32>,
    pub relu: bool,
}

/// Each channel by itself: weights `[side * side, channels]`, zeros around the picture.
pub(super) struct Depthwise {
    pub side: usize,
    pub stride: usize,
    pub weight: Vec<f32>,
    pub finish: Finish,
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

impl Finish {
    #[inline(always)]
    fn row(&self, row: &mut [f32]) {
        for (x, bias) in row.iter_mut().zip(&self.bias) {
            *x += bias;
        }
        if self.relu {
            for x in row {
                *x = x.max(0.0);
            }
        }
    }
}

impl InplaceOp1 for Finish {
    fn name(&self) -> &'static str {
        "finish"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("the rows are not contiguous") };
        let CpuStorage::F32(values) = storage else { bail!("the rows are not f32") };
        let channels = self.bias.len();
        let rows = 4096usize.div_ceil(channels) * channels;
        values[start..end].par_chunks_mut(rows).for_each(|rows| {
            Arch::new().dispatch(|| rows.chunks_exact_mut(channels).for_each(|row| self.row(row)));
        });
        Ok(())
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
            self.finish.row(output);
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
