//! BERT on the processor (Devlin et al. 2019, arXiv:1810.04805), with GELU, tensors named as by Hugging Face.
//!
//! Sequences lie packed one behind the other, without padding. What concerns tokens by themselves is done by chunks of
//! rows from the context of one attention to the queries, keys and values of the next, so that what lies between
//! never leaves the caches; attention is done head by head.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, Result, Storage, Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::prelude::*;

use crate::kernels::attention::attention;
use crate::kernels::matrix::{Finish, Linear, Precision};
use crate::kernels::rows::LayerNorm;
use crate::kernels::threads;
use crate::registry::Pooling;

/// Rows of a chunk: its widest intermediate result and a panel of weights fit a second-level cache.
const CHUNK: usize = 48;
/// Up to so many rows for each thread, threads share the columns of a product instead of its rows, so that no
/// weight is read by two of them.
const FEW_ROWS: usize = 16;

/// A BERT encoder with packed weights.
pub(crate) struct Bert {
    hidden: usize,
    heads: usize,
    /// `[vocabulary, hidden]`.
    words: Tensor,
    /// `[positions, hidden]`, the embedding of the first type of tokens added.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
    spaces: Mutex<Vec<Space>>,
}

struct Layer {
    /// Queries, scaled by one over the root of a head's size; keys; values.
    qkv: Linear,
    context: Linear,
    context_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    outer_norm: LayerNorm,
}

/// Results between steps, kept from one forward pass to the next. Rows of tokens.
#[derive(Default)]
struct Space {
    hidden: Vec<f32>,
    qkv: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
}

impl Bert {
    /// Packs the weights, in parallel.
    pub(crate) fn load(weights: &VarBuilder<'_>, config: &Config, precision: Precision) -> Result<Bert> {
        let (hidden, epsilon) = (config.hidden_size, config.layer_norm_eps);
        let embeddings = weights.pp("embeddings");
        let table =
            |name: &str, rows: usize| embeddings.get((rows, hidden), &format!("{name}_embeddings.weight"));
        let types = table("token_type", config.type_vocab_size)?.narrow(0, 0, 1)?;
        let positions = table("position", config.max_position_embeddings)?.broadcast_add(&types)?;
        let layers = (0..config.num_hidden_layers).into_par_iter();
        let layers =
            layers.map(|index| Layer::load(&weights.pp(format!("encoder.layer.{index}")), config, precision));
        Ok(Bert {
            hidden,
            heads: config.num_attention_heads,
            words: table("word", config.vocab_size)?,
            positions: positions.flatten_all()?.to_vec1()?,
            norm: layer_norm(&embeddings.pp("LayerNorm"), hidden, epsilon)?,
            layers: layers.collect::<Result<_>>()?,
            spaces: Mutex::default(),
        })
    }

    /// What its products are computed in.
    pub(crate) fn precision(&self) -> Precision {
        self.layers.first().map_or(Precision::F32, |layer| layer.inner.precision())
    }

    /// One pooled vector for each sequence of token ids, not normalised. A sequence has at least one token and no more
    /// than the model has positions.
    pub(crate) fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let mut space = self.spaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let pooled = threads::run(|| self.forward_in(&mut space, sequences, pooling));
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        pooled
    }

    fn forward_in(&self, space: &mut Space, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for sequence in sequences {
            let start = ranges.last().map_or(0, |last| last.end);
            ranges.push(start..start + sequence.len());
        }
        let tokens = ranges.last().map_or(0, |last| last.end);
        let inner = self.layers.iter().map(|layer| layer.inner.outputs()).max().unwrap_or(0);
        space.hidden.resize(tokens * self.hidden, 0.0);
        space.qkv.resize(tokens * 3 * self.hidden, 0.0);
        space.context.resize(tokens * self.hidden, 0.0);
        space.inner.resize(tokens * inner, 0.0);

        self.look_up(sequences, &mut space.hidden)?;
        let rows = Rows::of(tokens);
        rows.each(self.hidden, space, inner, |chunk| {
            self.norm.apply(chunk.hidden);
            self.project(0, chunk, rows.spread);
        });
        for (index, layer) in self.layers.iter().enumerate() {
            attention(&space.qkv, self.heads, &ranges, &mut space.context);
            rows.each(self.hidden, space, inner, |chunk| {
                layer.after_attention(chunk, rows.spread);
                self.project(index + 1, chunk, rows.spread);
            });
        }
        Ok(ranges.iter().map(|range| self.pool(&space.hidden, range, pooling)).collect())
    }

    /// Queries, keys and values of a layer, if there is such a layer.
    fn project(&self, index: usize, chunk: &mut Chunk<'_>, spread: bool) {
        if let Some(layer) = self.layers.get(index) {
            layer.qkv.forward(chunk.hidden, chunk.qkv, Finish::Bias, spread);
        }
    }

    /// The sums of embeddings, not normalised.
    fn look_up(&self, sequences: &[&[u32]], hidden: &mut [f32]) -> Result<()> {
        let (storage, _) = self.words.storage_and_layout();
        let Storage::Cpu(CpuStorage::F32(words)) = &*storage else { bail!("the embeddings are not f32") };
        let mut rows = hidden.chunks_exact_mut(self.hidden);
        for sequence in sequences {
            for ((&id, position), row) in
                sequence.iter().zip(self.positions.chunks_exact(self.hidden)).zip(&mut rows)
            {
                let start = id as usize * self.hidden;
                let Some(word) = words.get(start..start + self.hidden) else {
                    bail!("there is no token {id}")
                };
                for ((x, word), position) in row.iter_mut().zip(word).zip(position) {
                    *x = word + position;
                }
            }
        }
        Ok(())
    }

    fn pool(&self, hidden: &[f32], range: &Range<usize>, pooling: Pooling) -> Vec<f32> {
        let rows = &hidden[range.start * self.hidden..range.end * self.hidden];
        let mut pooled = rows[..self.hidden].to_vec();
        if pooling == Pooling::Mean {
            for row in rows.chunks_exact(self.hidden).skip(1) {
                pooled.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            pooled.iter_mut().for_each(|x| *x /= range.len() as f32);
        }
        pooled
    }
}

impl Layer {
    fn load(weights: &VarBuilder<'_>, config: &Config, precision: Precision) -> Result<Layer> {
        let (hidden, inner, epsilon) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
        let attention = weights.pp("attention");
        let scale = 1.0 / ((hidden / config.num_attention_heads) as f32).sqrt();
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for (name, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let (part, part_bias) = linear(&attention.pp("self").pp(name), hidden, hidden)?;
            weight.extend(part.into_iter().map(|x| x * scale));
            bias.extend(part_bias.into_iter().map(|x| x * scale));
        }
        let pack = |weights: VarBuilder<'_>, inputs, outputs| {
            linear(&weights, inputs, outputs).map(|(weight, bias)| Linear::pack(&weight, bias, precision))
        };
        Ok(Layer {
            qkv: Linear::pack(&weight, bias, precision),
            context: pack(attention.pp("output.dense"), hidden, hidden)?,
            context_norm: layer_norm(&attention.pp("output.LayerNorm"), hidden, epsilon)?,
            inner: pack(weights.pp("intermediate.dense"), hidden, inner)?,
            outer: pack(weights.pp("output.dense"), inner, hidden)?,
            outer_norm: layer_norm(&weights.pp("output.LayerNorm"), hidden, epsilon)?,
        })
    }

    fn after_attention(&self, chunk: &mut Chunk<'_>, spread: bool) {
        self.context.forward(chunk.context, chunk.hidden, Finish::Add, spread);
        self.context_norm.apply(chunk.hidden);
        self.inner.forward(chunk.hidden, chunk.inner, Finish::Gelu, spread);
        self.outer.forward(chunk.inner, chunk.hidden, Finish::Add, spread);
        self.outer_norm.apply(chunk.hidden);
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
    context: &'a [f32],
    inner: &'a mut [f32],
}

impl Rows {
    fn of(tokens: usize) -> Rows {
        let threads = rayon::current_num_threads();
        let spread = threads > 1 && tokens <= FEW_ROWS * threads;
        let chunk = if spread { tokens } else { CHUNK.min(tokens.div_ceil(threads)) };
        Rows { chunk: chunk.max(1), spread }
    }

    fn each(self, hidden: usize, space: &mut Space, inner: usize, work: impl Fn(&mut Chunk<'_>) + Sync) {
        let rows = self.chunk;
        let chunks =
            space.hidden.par_chunks_mut(rows * hidden).zip(space.qkv.par_chunks_mut(rows * 3 * hidden));
        let chunks =
            chunks.zip(space.context.par_chunks(rows * hidden)).zip(space.inner.par_chunks_mut(rows * inner));
        chunks.for_each(|(((hidden, qkv), context), inner)| work(&mut Chunk { hidden, qkv, context, inner }));
    }
}

/// Weight `[outputs, inputs]` and bias of a linear layer.
fn linear(weights: &VarBuilder<'_>, inputs: usize, outputs: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    let weight = weights.get((outputs, inputs), "weight")?.flatten_all()?.to_vec1()?;
    Ok((weight, weights.get(outputs, "bias")?.to_vec1()?))
}

fn layer_norm(weights: &VarBuilder<'_>, size: usize, epsilon: f64) -> Result<LayerNorm> {
    let part = |name| weights.get(size, name)?.to_vec1();
    Ok(LayerNorm { weight: part("weight")?, bias: part("bias")?, epsilon: epsilon as f32 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::{Path, PathBuf};

    use candle_core::Device;
    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::stock::StockBert;
    use crate::weights;

    /// The tiny model of the golden tests; the real MiniLM too, where it is at hand.
    fn folders() -> Vec<PathBuf> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
        let real =
            std::env::var_os("CAIRN_MODELS_DIR").map(|models| Path::new(&models).join("all-minilm-l6-v2"));
        let real = real.filter(|folder| folder.is_dir());
        if real.is_none() {
            println!("SKIPPED: the real model, since CAIRN_MODELS_DIR names no folder with it");
        }
        std::iter::once(repository.join("tests/golden/tiny-bert")).chain(real).collect()
    }

    fn open(folder: &Path) -> (VarBuilder<'static>, Config) {
        (weights::open(folder, &Device::Cpu).unwrap(), weights::read_config(folder).unwrap())
    }

    /// Sequences of many lengths, from one token to all positions.
    fn sequences(config: &Config) -> Vec<Vec<u32>> {
        let most = config.max_position_embeddings;
        let lengths = [1, 2, 5, 12, 13, 16, 31, 32, 33, 47, 64, 100, 128, 250, 512];
        let lengths = lengths.into_iter().filter(|&length| length <= most);
        let id = |seed: usize| (seed * 7919 % config.vocab_size) as u32;
        lengths.map(|length| (0..length).map(|at| id(at * at + 31 * length + 1)).collect()).collect()
    }

    fn slices(sequences: &[Vec<u32>]) -> Vec<&[u32]> {
        sequences.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn it_computes_what_stock_candle_computes() {
        for folder in folders() {
            let (weights, config) = open(&folder);
            let ours = Bert::load(&weights, &config, Precision::F32).unwrap();
            let stock = StockBert::load(weights, &config).unwrap();
            let sequences = sequences(&config);
            for pooling in [Pooling::Mean, Pooling::Cls] {
                let made = ours.forward(&slices(&sequences), pooling).unwrap();
                for (sequence, made) in sequences.iter().zip(&made) {
                    let expected = stock.forward(&[sequence], pooling).unwrap().remove(0);
                    let difference =
                        made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    let size = expected.iter().map(|x| x * x).sum::<f32>().sqrt();
                    assert!(difference / size < 1e-5, "{}: {difference} of {size}", sequence.len());
                }
            }
        }
    }

    #[test]
    fn neighbours_and_threads_change_no_bit() {
        for folder in folders() {
            let (weights, config) = open(&folder);
            let bert = Bert::load(&weights, &config, Precision::F32).unwrap();
            let sequences = sequences(&config);
            let together = bert.forward(&slices(&sequences), Pooling::Mean).unwrap();
            for (sequence, expected) in sequences.iter().zip(&together) {
                assert_eq!(bert.forward(&[sequence], Pooling::Mean).unwrap()[0], *expected);
            }
            for threads in [1, 3] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut reversed = slices(&sequences);
                reversed.reverse();
                let run = || bert.forward_in(&mut Space::default(), &reversed, Pooling::Mean);
                let mut made = pool.install(run).unwrap();
                made.reverse();
                assert_eq!(made, together, "{threads} threads");
            }
        }
    }
}
