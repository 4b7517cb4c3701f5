//! Nomic's BERT (Nussbaum et al. 2024, arXiv:2402.01613): rotary positions, a gated feed-forward part, no biases; tensors
//! named as in nomic-embed-text-v1.5.

use std::sync::Mutex;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::nomic_bert::Config;
use rayon::prelude::*;

use super::{look_up, pool};
use crate::kernels::attention::Sight;
use crate::kernels::matrix::{Linear, Precision};
use crate::kernels::rows::LayerNorm;
use crate::registry::Pooling;
use crate::rotary::Rotary;
use crate::transformer::{Inner, Layer, Norms, Transformer, layer_norm, linear, packed};
use crate::weights::Shapes;

/// Why a model is not one that is computed here; `None`: it is.
pub(crate) fn refusal(config: &Config) -> Option<String> {
    if config.n_head == 0 || !config.n_embd.is_multiple_of(2 * config.n_head) {
        return Some(format!("{} heads do not divide its dimensions into pairs", config.n_head));
    }
    let known = config.activation_function == "swiglu"
        && config.rotary_emb_fraction == 1.0
        && !config.rotary_emb_interleaved
        && !config.prenorm
        && !config.qkv_proj_bias
        && !config.mlp_fc1_bias
        && !config.mlp_fc2_bias
        && config.type_vocab_size > 0;
    (!known).then(|| "it is another variant of Nomic's BERT than that of nomic-embed-text-v1.5".into())
}

/// Every tensor of an encoder.
pub(crate) fn tensors(config: &Config) -> Shapes {
    let (hidden, inner) = (config.n_embd, config.n_inner);
    let mut shapes: Shapes = vec![
        ("embeddings.word_embeddings.weight".into(), vec![config.vocab_size, hidden]),
        ("embeddings.token_type_embeddings.weight".into(), vec![config.type_vocab_size, hidden]),
    ];
    let mut norms = vec!["emb_ln".to_owned()];
    for index in 0..config.n_layer {
        let layer = format!("encoder.layers.{index}");
        shapes.extend([
            (format!("{layer}.attn.Wqkv.weight"), vec![3 * hidden, hidden]),
            (format!("{layer}.attn.out_proj.weight"), vec![hidden, hidden]),
            (format!("{layer}.mlp.fc11.weight"), vec![inner, hidden]),
            (format!("{layer}.mlp.fc12.weight"), vec![inner, hidden]),
            (format!("{layer}.mlp.fc2.weight"), vec![hidden, inner]),
        ]);
        norms.extend([format!("{layer}.norm1"), format!("{layer}.norm2")]);
    }
    for norm in norms {
        shapes.extend([(format!("{norm}.weight"), vec![hidden]), (format!("{norm}.bias"), vec![hidden])]);
    }
    shapes
}

/// An encoder with packed weights.
pub(crate) struct Nomic {
    /// `[vocabulary, hidden]`.
    words: Tensor,
    /// The embedding of the first type of tokens.
    kind: Vec<f32>,
    norm: LayerNorm,
    stack: Transformer,
}

impl Nomic {
    /// Packs the weights, in parallel, for texts of at most `positions` tokens.
    pub(crate) fn load(
        weights: &VarBuilder<'_>,
        config: &Config,
        positions: usize,
        precision: Precision,
    ) -> Result<Nomic> {
        let (hidden, heads) = (config.n_embd, config.n_head);
        let embeddings = weights.pp("embeddings");
        let kinds = embeddings.get((config.type_vocab_size, hidden), "token_type_embeddings.weight")?;
        let layers = (0..config.n_layer).into_par_iter();
        let layers =
            layers.map(|index| layer(&weights.pp(format!("encoder.layers.{index}")), config, precision));
        Ok(Nomic {
            words: embeddings.get((config.vocab_size, hidden), "word_embeddings.weight")?,
            kind: kinds.narrow(0, 0, 1)?.flatten_all()?.to_vec1()?,
            norm: layer_norm(&weights.pp("emb_ln"), hidden, config.layer_norm_epsilon)?,
            stack: Transformer {
                hidden,
                heads,
                norms: Norms::After,
                sight: Sight::Whole,
                rotary: Some(Rotary::new(hidden / heads, positions, config.rotary_emb_base as f32)),
                layers: layers.collect::<Result<_>>()?,
                spaces: Mutex::default(),
            },
        })
    }

    /// What its products are computed in.
    pub(crate) fn precision(&self) -> Precision {
        self.stack.precision()
    }

    /// One pooled vector for each sequence of token ids, not normalised.
    pub(crate) fn forward(&self, sequences: &[&[u32]], pooling: Pooling) -> Result<Vec<Vec<f32>>> {
        let hidden = self.stack.hidden;
        self.stack.forward(
            sequences.iter().map(|sequence| sequence.len()),
            |rows| look_up(&self.words, sequences, &self.kind, hidden, rows),
            Some(&self.norm),
            |rows, ranges| ranges.iter().map(|range| pool(rows, range, hidden, pooling)).collect(),
        )
    }
}

fn layer(weights: &VarBuilder<'_>, config: &Config, precision: Precision) -> Result<Layer> {
    let (hidden, inner, epsilon) = (config.n_embd, config.n_inner, config.layer_norm_epsilon);
    let (mut qkv, mut bias) = linear(&weights.pp("attn.Wqkv"), hidden, 3 * hidden)?;
    let scale = 1.0 / ((hidden / config.n_head) as f32).sqrt();
    qkv[..hidden * hidden].iter_mut().for_each(|x| *x *= scale);
    bias[..hidden].iter_mut().for_each(|x| *x *= scale);
    let part = |name: &str, inputs, outputs| packed(&weights.pp(name), inputs, outputs, precision);
    Ok(Layer {
        qkv: Linear::pack(&qkv, bias, precision),
        context: part("attn.out_proj", hidden, hidden)?,
        attention_norm: layer_norm(&weights.pp("norm1"), hidden, epsilon)?,
        inner: Inner::Gated {
            gate: part("mlp.fc12", hidden, inner)?,
            value: part("mlp.fc11", hidden, inner)?,
        },
        outer: part("mlp.fc2", inner, hidden)?,
        outer_norm: layer_norm(&weights.pp("norm2"), hidden, epsilon)?,
    })
}
