//! BERT (Devlin et al. 2019, arXiv:1810.04805) and XLM-R (Conneau et al. 2020, arXiv:1911.02116), tensors named as by
//! Hugging Face. They differ in where positions begin.

use std::sync::Mutex;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use rayon::prelude::*;

use super::{look_up, pool};
use crate::kernels::attention::Sight;
use crate::kernels::matrix::{Finish, Precision};
use crate::kernels::rows::LayerNorm;
use crate::registry::Pooling;
use crate::transformer::{Inner, Layer, Norms, Transformer, joined_qkv, layer_norm, packed};

/// An encoder with packed weights.
pub(crate) struct Bert {
    /// `[vocabulary, hidden]`.
    words: Tensor,
    /// `[positions, hidden]`, the embedding of the first type of tokens added.
    positions: Vec<f32>,
    /// What the second type of tokens has over the first; empty where there is only one.
    second_type: Vec<f32>,
    norm: LayerNorm,
    stack: Transformer,
}

impl Bert {
    /// Packs the weights, in parallel. The first token has the position `first_position`.
    pub(crate) fn load(
        weights: &VarBuilder<'_>,
        config: &Config,
        first_position: usize,
        precision: Precision,
    ) -> Result<Bert> {
        let (hidden, epsilon) = (config.hidden_size, config.layer_norm_eps);
        let embeddings = weights.pp("embeddings");
        let table =
            |name: &str, rows: usize| embeddings.get((rows, hidden), &format!("{name}_embeddings.weight"));
        let all_types = table("token_type", config.type_vocab_size)?;
        let types = all_types.narrow(0, 0, 1)?;
        let second_type = match config.type_vocab_size {
            0 | 1 => Vec::new(),
            _ => (all_types.narrow(0, 1, 1)? - &types)?.flatten_all()?.to_vec1()?,
        };
        let positions = table("position", config.max_position_embeddings)?.broadcast_add(&types)?;
        let count = config.max_position_embeddings - first_position;
        let layers = (0..config.num_hidden_layers).into_par_iter();
        let layers =
            layers.map(|index| layer(&weights.pp(format!("encoder.layer.{index}")), config, precision));
        Ok(Bert {
            words: table("word", config.vocab_size)?,
            positions: positions.narrow(0, first_position, count)?.flatten_all()?.to_vec1()?,
            second_type,
            norm: layer_norm(&embeddings.pp("LayerNorm"), hidden, epsilon)?,
            stack: Transformer {
                hidden,
                heads: config.num_attention_heads,
                norms: Norms::After,
                sight: Sight::Whole,
                rotary: None,
                layers: layers.collect::<Result<_>>()?,
                spaces: Mutex::default(),
            },
        })
    }

    /// What its products are computed in.
    pub(crate) fn precision(&self) -> Precision {
        self.stack.precision()
    }

    /// As [`Bert::forward`], mean pooled, with other threads than the encoders'.
    #[cfg(test)]
    fn on(&self, pool: &rayon::ThreadPool, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        crate::kernels::threads::instead(pool, || self.forward(sequences, Pooling::Mean)).unwrap_or_default()
    }

    /// One pooled vector for each sequence of token ids, not normalised. A sequence has at least one token and no more
    /// than the model has positions.
    pub(crate) fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let hidden = self.stack.hidden;
        self.stack.forward(
            sequences.iter().map(|sequence| sequence.len()),
            |rows| look_up(&self.words, sequences, &self.positions, hidden, rows),
            Some(&self.norm),
            |rows, ranges| ranges.iter().map(|range| pool(rows, range, hidden, pooling)).collect(),
        )
    }

    /// The last hidden state of the first token of each pair of texts: one sequence, with the place where its second text begins.
    pub(crate) fn read_pairs(&self, pairs: &[(Vec<u32>, usize)]) -> Result<Vec<Vec<f32>>> {
        let hidden = self.stack.hidden;
        let sequences: Vec<&[u32]> = pairs.iter().map(|(sequence, _)| sequence.as_slice()).collect();
        self.stack.forward(
            sequences.iter().map(|sequence| sequence.len()),
            |rows| {
                look_up(&self.words, &sequences, &self.positions, hidden, rows)?;
                let mut rows = rows.chunks_exact_mut(hidden);
                for (sequence, second) in pairs {
                    for (at, row) in (0..sequence.len()).zip(&mut rows) {
                        if at >= *second {
                            row.iter_mut().zip(&self.second_type).for_each(|(x, more)| *x += more);
                        }
                    }
                }
                Ok(())
            },
            Some(&self.norm),
            |rows, ranges| ranges.iter().map(|range| pool(rows, range, hidden, Pooling::Cls)).collect(),
        )
    }

    /// The last hidden state of each token of one sequence, `[tokens, hidden]`.
    pub(crate) fn rows(&self, sequence: &[u32]) -> Result<Vec<f32>> {
        let hidden = self.stack.hidden;
        self.stack.forward(
            std::iter::once(sequence.len()),
            |rows| look_up(&self.words, &[sequence], &self.positions, hidden, rows),
            Some(&self.norm),
            |rows, ranges| {
                ranges
                    .iter()
                    .flat_map(|range| &rows[range.start * hidden..range.end * hidden])
                    .copied()
                    .collect()
            },
        )
    }
}

fn layer(weights: &VarBuilder<'_>, config: &Config, precision: Precision) -> Result<Layer> {
    let (hidden, inner, epsilon) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
    let attention = weights.pp("attention");
    let part = |name| attention.pp("self").pp(name);
    let qkv = [part("query"), part("key"), part("value")];
    Ok(Layer {
        qkv: joined_qkv(qkv, hidden, config.num_attention_heads, precision)?,
        context: packed(&attention.pp("output.dense"), hidden, hidden, precision)?,
        attention_norm: layer_norm(&attention.pp("output.LayerNorm"), hidden, epsilon)?,
        inner: Inner::Plain(
            packed(&weights.pp("intermediate.dense"), hidden, inner, precision)?,
            Finish::Gelu,
        ),
        outer: packed(&weights.pp("output.dense"), inner, hidden, precision)?,
        outer_norm: layer_norm(&weights.pp("output.LayerNorm"), hidden, epsilon)?,
    })
}
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::{Path, PathBuf};

    use candle_core::Device;
    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::stock::StockEncoder;
    use crate::text::Layout;
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
            let ours = Bert::load(&weights, &config, 0, Precision::F32).unwrap();
            let stock = StockEncoder::load(weights, &Layout::Bert(config.clone())).unwrap();
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
            let bert = Bert::load(&weights, &config, 0, Precision::F32).unwrap();
            let sequences = sequences(&config);
            let together = bert.forward(&slices(&sequences), Pooling::Mean).unwrap();
            for (sequence, expected) in sequences.iter().zip(&together) {
                assert_eq!(bert.forward(&[sequence], Pooling::Mean).unwrap()[0], *expected);
            }
            for threads in [1, 3] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut reversed = slices(&sequences);
                reversed.reverse();
                let mut made = bert.on(&pool, &reversed);
                made.reverse();
                assert_eq!(made, together, "{threads} threads");
            }
        }
    }
}
