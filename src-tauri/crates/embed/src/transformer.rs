//! A stack of transformer layers on the processor (Vaswani et al. 2017, arXiv:1706.03762), as the encoders of all families
//! share it.
//!
//! Sequences lie packed one behind the other, without padding. What concerns tokens by themselves is done by chunks of
//! rows from the context of one attention to the queries, keys and values of the next, so that what lies between
//! never leaves the caches; attention is done head by head.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use candle_core::Result;
use candle_nn::VarBuilder;
use rayon::prelude::*;

use crate::kernels::attention::{Sight, attention};
use crate::kernels::matrix::{Finish, Linear, Precision};
use crate::kernels::rows::LayerNorm;
use crate::kernels::threads;
use crate::rotary::Rotary;

/// Rows of a chunk: its widest intermediate result and a panel of weights fit a second-level cache.
const CHUNK: usize = 48;
/// Up to so many rows for each thread, threads share the columns of a product instead of its rows, so that no
/// weight is read by two of them.
const FEW_ROWS: usize = 16;

/// Where the layer norms of a layer stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Norms {
    /// After what is added to the stream (BERT).
    After,
    /// Before attention and before the feed-forward part, on a copy of the stream (CLIP).
    Before,
}

/// A stack of layers.
pub(crate) struct Transformer {
    pub hidden: usize,
    pub heads: usize,
    pub norms: Norms,
    pub sight: Sight,
    /// Positions by rotation of queries and keys, where the model has them so.
    pub rotary: Option<Rotary>,
    pub layers: Vec<Layer>,
    pub spaces: Mutex<Vec<Space>>,
}

/// One layer.
pub(crate) struct Layer {
    /// Queries, scaled by one over the root of a head's size; keys; values.
    pub qkv: Linear,
    pub context: Linear,
    /// The norm that belongs to attention, and the one that belongs to the feed-forward part.
    pub attention_norm: LayerNorm,
    pub inner: Inner,
    pub outer: Linear,
    pub outer_norm: LayerNorm,
}

/// The first half of a feed-forward part.
pub(crate) enum Inner {
    /// A product and an activation.
    Plain(Linear, Finish),
    /// One product with SiLU, times another (Shazeer 2020, arXiv:2002.05202).
    Gated { gate: Linear, value: Linear },
}

impl Inner {
    fn outputs(&self) -> usize {
        match self {
            Inner::Plain(linear, _) | Inner::Gated { gate: linear, .. } => linear.outputs(),
        }
    }

    fn forward(&self, input: &[f32], output: &mut [f32], spread: bool) {
        match self {
            Inner::Plain(linear, activation) => linear.forward(input, output, *activation, spread),
            Inner::Gated { gate, value } => {
                gate.forward(input, output, Finish::Silu, spread);
                value.forward(input, output, Finish::Times, spread);
            }
        }
    }
}

/// Results between steps, kept from one forward pass to the next. Rows of tokens.
#[derive(Default)]
pub(crate) struct Space {
    hidden: Vec<f32>,
    qkv: Vec<f32>,
    /// Of attention; with norms before, the normalised stream as well.
    context: Vec<f32>,
    inner: Vec<f32>,
    /// Of each token, in its sequence.
    positions: Vec<u32>,
}

impl Transformer {
    /// What its products are computed in.
    pub(crate) fn precision(&self) -> Precision {
        self.layers.first().map_or(Precision::F32, |layer| layer.outer.precision())
    }

    /// Runs sequences of these lengths through the stack. `embed` writes the rows it begins with, `[tokens, hidden]`, which
    /// `first_norm`, if any, normalises; `read` is given those it ends with and where each sequence lies.
    pub(crate) fn forward<T: Send>(
        &self,
        lengths: impl Iterator<Item = usize>,
        embed: impl FnOnce(&mut [f32]) -> Result<()> + Send,
        first_norm: Option<&LayerNorm>,
        read: impl FnOnce(&[f32], &[Range<usize>]) -> T + Send,
    ) -> Result<T> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for length in lengths {
            let start = ranges.last().map_or(0, |last| last.end);
            ranges.push(start..start + length);
        }
        let mut space = self.spaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let result = threads::run(|| {
            self.run(&mut space, &ranges, embed, first_norm)?;
            Ok(read(&space.hidden, &ranges))
        });
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        result
    }

    fn run(
        &self,
        space: &mut Space,
        ranges: &[Range<usize>],
        embed: impl FnOnce(&mut [f32]) -> Result<()>,
        first_norm: Option<&LayerNorm>,
    ) -> Result<()> {
        let tokens = ranges.last().map_or(0, |last| last.end);
        let inner = self.layers.iter().map(|layer| layer.inner.outputs()).max().unwrap_or(0);
        space.hidden.resize(tokens * self.hidden, 0.0);
        space.qkv.resize(tokens * 3 * self.hidden, 0.0);
        space.context.resize(tokens * self.hidden, 0.0);
        space.inner.resize(tokens * inner, 0.0);
        space.positions.clear();
        space.positions.extend(ranges.iter().flat_map(|range| 0..range.len() as u32));

        embed(&mut space.hidden)?;
        let rows = Rows::of(tokens);
        rows.each(self.hidden, space, inner, |chunk| {
            if let Some(norm) = first_norm {
                norm.apply(chunk.hidden);
            }
            self.project(0, chunk, rows.spread);
        });
        for (index, layer) in self.layers.iter().enumerate() {
            attention(&space.qkv, self.heads, ranges, self.sight, &mut space.context);
            rows.each(self.hidden, space, inner, |chunk| {
                layer.after_attention(chunk, self.norms, rows.spread);
                self.project(index + 1, chunk, rows.spread);
            });
        }
        Ok(())
    }

    /// Queries, keys and values of a layer, if there is such a layer.
    fn project(&self, index: usize, chunk: &mut Chunk<'_>, spread: bool) {
        let Some(layer) = self.layers.get(index) else { return };
        match self.norms {
            Norms::After => layer.qkv.forward(chunk.hidden, chunk.qkv, Finish::Bias, spread),
            Norms::Before => {
                chunk.context.copy_from_slice(chunk.hidden);
                layer.attention_norm.apply(chunk.context);
                layer.qkv.forward(chunk.context, chunk.qkv, Finish::Bias, spread);
            }
        }
        if let Some(rotary) = &self.rotary {
            rotary.turn(chunk.qkv, chunk.positions, self.heads);
        }
    }
}

impl Layer {
    fn after_attention(&self, chunk: &mut Chunk<'_>, norms: Norms, spread: bool) {
        self.context.forward(chunk.context, chunk.hidden, Finish::Add, spread);
        match norms {
            Norms::After => {
                self.attention_norm.apply(chunk.hidden);
                self.inner.forward(chunk.hidden, chunk.inner, spread);
                self.outer.forward(chunk.inner, chunk.hidden, Finish::Add, spread);
                self.outer_norm.apply(chunk.hidden);
            }
            Norms::Before => {
                chunk.context.copy_from_slice(chunk.hidden);
                self.outer_norm.apply(chunk.context);
                self.inner.forward(chunk.context, chunk.inner, spread);
                self.outer.forward(chunk.inner, chunk.hidden, Finish::Add, spread);
            }
        }
    }
}

/// How the rows of a forward pass are shared out.
#[derive(Clone, Copy)]
struct Rows {
    chunk: usize,
    /// Whether threads share columns rather than rows.
    spread: bool,
}

/// Some rows of [`Space`].
struct Chunk<'a> {
    hidden: &'a mut [f32],
    qkv: &'a mut [f32],
    context: &'a mut [f32],
    inner: &'a mut [f32],
    positions: &'a [u32],
}

impl Rows {
    fn of(tokens: usize) -> Rows {
        let threads = rayon::current_num_threads();
        let spread = threads > 1 && tokens <= FEW_ROWS * threads;
        // As many chunks for each thread: the last one must not work alone.
        let chunks = threads * tokens.div_ceil(threads * CHUNK);
        let chunk = if spread { tokens } else { tokens.div_ceil(chunks.max(1)) };
        Rows { chunk: chunk.max(1), spread }
    }

    fn each(self, hidden: usize, space: &mut Space, inner: usize, work: impl Fn(&mut Chunk<'_>) + Sync) {
        let rows = self.chunk;
        let chunks =
            space.hidden.par_chunks_mut(rows * hidden).zip(space.qkv.par_chunks_mut(rows * 3 * hidden));
        let chunks = chunks
            .zip(space.context.par_chunks_mut(rows * hidden))
            .zip(space.inner.par_chunks_mut(rows * inner))
            .zip(space.positions.par_chunks(rows));
        chunks.for_each(|((((hidden, qkv), context), inner), positions)| {
            work(&mut Chunk { hidden, qkv, context, inner, positions });
        });
    }
}

/// Weight `[outputs, inputs]` and bias of a linear layer; zeros where it has none.
pub(crate) fn linear(
    weights: &VarBuilder<'_>,
    inputs: usize,
    outputs: usize,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let weight = weights.get((outputs, inputs), "weight")?.flatten_all()?.to_vec1()?;
    let bias = match weights.contains_tensor("bias") {
        true => weights.get(outputs, "bias")?.to_vec1()?,
        false => vec![0.0; outputs],
    };
    Ok((weight, bias))
}

/// As [`linear`], packed.
pub(crate) fn packed(
    weights: &VarBuilder<'_>,
    inputs: usize,
    outputs: usize,
    precision: Precision,
) -> Result<Linear> {
    linear(weights, inputs, outputs).map(|(weight, bias)| Linear::pack(&weight, bias, precision))
}

/// Queries, keys and values in one product, of three linear layers. Queries are scaled by one over the root of a head's
/// size, so that attention need not.
pub(crate) fn joined_qkv(
    parts: [VarBuilder<'_>; 3],
    hidden: usize,
    heads: usize,
    precision: Precision,
) -> Result<Linear> {
    let scale = 1.0 / ((hidden / heads) as f32).sqrt();
    let (mut weight, mut bias) = (Vec::new(), Vec::new());
    for (part, scale) in parts.iter().zip([scale, 1.0, 1.0]) {
        let (part, part_bias) = linear(part, hidden, hidden)?;
        weight.extend(part.into_iter().map(|x| x * scale));
        bias.extend(part_bias.into_iter().map(|x| x * scale));
    }
    Ok(Linear::pack(&weight, bias, precision))
}

pub(crate) fn layer_norm(weights: &VarBuilder<'_>, size: usize, epsilon: f64) -> Result<LayerNorm> {
    let part = |name| weights.get(size, name)?.to_vec1();
    Ok(LayerNorm { weight: part("weight")?, bias: part("bias")?, epsilon: epsilon as f32 })
}
