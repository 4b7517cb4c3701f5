//! CLIP (Radford et al. 2021, arXiv:2103.00020) with packed weights: a vision transformer and a causal text transformer.

use std::sync::Mutex;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::clip::ClipConfig;
use rayon::prelude::*;

use super::look_up;
use crate::kernels::attention::Sight;
use crate::kernels::matrix::{Finish, Linear, Precision};
use crate::kernels::rows::LayerNorm;
use crate::transformer::{Inner, Layer, Norms, Transformer, joined_qkv, layer_norm, packed};

const EPSILON: f64 = 1e-5;

/// Both towers.
pub(crate) struct PackedClip {
    vision: Vision,
    text: Text,
}

struct Vision {
    side: usize,
    patch: usize,
    /// A patch's pixels, channel by channel, to its row.
    patches: Linear,
    /// The row of the picture as a whole, its position added; of each patch its position.
    class: Vec<f32>,
    positions: Vec<f32>,
    first_norm: LayerNorm,
    stack: Transformer,
    last: Head,
}

struct Text {
    /// `[vocabulary, hidden]`.
    words: Tensor,
    /// `[positions, hidden]`.
    positions: Vec<f32>,
    stack: Transformer,
    last: Head,
}

/// A norm and a projection of one row.
struct Head {
    norm: LayerNorm,
    projection: Linear,
}

impl Head {
    fn apply(&self, row: &[f32]) -> Vec<f32> {
        let mut row = row.to_vec();
        self.norm.apply(&mut row);
        let mut projected = vec![0.0; self.projection.outputs()];
        self.projection.forward(&row, &mut projected, Finish::Bias, false);
        projected
    }
}

/// What the towers have in common.
struct Shape {
    hidden: usize,
    inner: usize,
    heads: usize,
    layers: usize,
}

impl PackedClip {
    /// Packs the weights, in parallel.
    pub(crate) fn load(
        weights: &VarBuilder<'_>,
        config: &ClipConfig,
        precision: Precision,
    ) -> Result<PackedClip> {
        let (vision, text) = (&config.vision_config, &config.text_config);
        let projection =
            |name: &str, hidden| packed(&weights.pp(name), hidden, text.projection_dim, precision);

        let tower = weights.pp("vision_model");
        let embeddings = tower.pp("embeddings");
        let (hidden, patch) = (vision.embed_dim, vision.patch_size);
        let pixels = 3 * patch * patch;
        let count = (vision.image_size / patch).pow(2);
        let kernel = embeddings.get((hidden, 3, patch, patch), "patch_embedding.weight")?;
        let kernel: Vec<f32> = kernel.flatten_all()?.to_vec1()?;
        debug_assert_eq!(kernel.len(), hidden * pixels);
        let positions: Vec<f32> =
            embeddings.get((count + 1, hidden), "position_embedding.weight")?.flatten_all()?.to_vec1()?;
        let class: Vec<f32> = embeddings.get(hidden, "class_embedding")?.to_vec1()?;
        let shape = Shape {
            hidden,
            inner: vision.intermediate_size,
            heads: vision.num_attention_heads,
            layers: vision.num_hidden_layers,
        };
        let vision = Vision {
            side: vision.image_size,
            patch,
            patches: Linear::pack(&kernel, vec![0.0; hidden], precision),
            class: class.iter().zip(&positions).map(|(x, position)| x + position).collect(),
            positions: positions[hidden..].to_vec(),
            first_norm: layer_norm(&tower.pp("pre_layrnorm"), hidden, EPSILON)?,
            stack: stack(&tower, &shape, Sight::Whole, precision)?,
            last: Head {
                norm: layer_norm(&tower.pp("post_layernorm"), hidden, EPSILON)?,
                projection: projection("visual_projection", hidden)?,
            },
        };

        let tower = weights.pp("text_model");
        let embeddings = tower.pp("embeddings");
        let hidden = text.embed_dim;
        let shape = Shape {
            hidden,
            inner: text.intermediate_size,
            heads: text.num_attention_heads,
            layers: text.num_hidden_layers,
        };
        let positions =
            embeddings.get((text.max_position_embeddings, hidden), "position_embedding.weight")?;
        let text = Text {
            words: embeddings.get((text.vocab_size, hidden), "token_embedding.weight")?,
            positions: positions.flatten_all()?.to_vec1()?,
            stack: stack(&tower, &shape, Sight::Back, precision)?,
            last: Head {
                norm: layer_norm(&tower.pp("final_layer_norm"), hidden, EPSILON)?,
                projection: projection("text_projection", hidden)?,
            },
        };
        Ok(PackedClip { vision, text })
    }

    /// `pixels`: `[pictures, 3, side, side]`, standardised; one vector for each picture, not normalised.
    pub(crate) fn see(&self, pixels: &[f32]) -> Result<Vec<Vec<f32>>> {
        let Vision { side, stack, .. } = &self.vision;
        let pictures = pixels.len() / (3 * side * side);
        let tokens = 1 + (side / self.vision.patch).pow(2);
        stack.forward(
            std::iter::repeat_n(tokens, pictures),
            |rows| {
                self.vision.embed(pixels, rows);
                Ok(())
            },
            Some(&self.vision.first_norm),
            |rows, ranges| {
                let first = |start: usize| &rows[start * stack.hidden..][..stack.hidden];
                ranges.iter().map(|range| self.vision.last.apply(first(range.start))).collect()
            },
        )
    }

    /// Token ids to a vector, not normalised: that of the token with the largest id, which ends the text.
    pub(crate) fn read(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let Text { words, positions, stack, last } = &self.text;
        // The first of several, as in the reference.
        let end = (0..ids.len()).rev().max_by_key(|at| ids[*at]).unwrap_or(0);
        stack.forward(
            std::iter::once(ids.len()),
            |rows| look_up(words, &[ids], positions, stack.hidden, rows),
            None,
            |rows, _| last.apply(&rows[end * stack.hidden..][..stack.hidden]),
        )
    }
}

impl Vision {
    /// The rows of each picture: that of the whole, then those of its patches from the top left on.
    fn embed(&self, pixels: &[f32], rows: &mut [f32]) {
        let (side, patch, hidden) = (self.side, self.patch, self.stack.hidden);
        let across = side / patch;
        let tokens = 1 + across * across;
        let pictures = pixels.par_chunks_exact(3 * side * side);
        pictures.zip(rows.par_chunks_exact_mut(tokens * hidden)).for_each(|(pixels, rows)| {
            let mut cut = Vec::with_capacity(across * across * 3 * patch * patch);
            for (y, x) in (0..across).flat_map(|y| (0..across).map(move |x| (y, x))) {
                for (channel, line) in (0..3).flat_map(|channel| (0..patch).map(move |line| (channel, line)))
                {
                    let start = (channel * side + y * patch + line) * side + x * patch;
                    cut.extend_from_slice(&pixels[start..start + patch]);
                }
            }
            let (class, patches) = rows.split_at_mut(hidden);
            class.copy_from_slice(&self.class);
            patches.copy_from_slice(&self.positions);
            self.patches.forward(&cut, patches, Finish::Add, false);
        });
    }
}

fn stack(tower: &VarBuilder<'_>, shape: &Shape, sight: Sight, precision: Precision) -> Result<Transformer> {
    let layers = (0..shape.layers).into_par_iter();
    let layers = layers.map(|index| layer(&tower.pp(format!("encoder.layers.{index}")), shape, precision));
    Ok(Transformer {
        hidden: shape.hidden,
        heads: shape.heads,
        norms: Norms::Before,
        sight,
        rotary: None,
        layers: layers.collect::<Result<_>>()?,
        spaces: Mutex::default(),
    })
}

fn layer(weights: &VarBuilder<'_>, shape: &Shape, precision: Precision) -> Result<Layer> {
    let Shape { hidden, inner, heads, .. } = *shape;
    let attention = weights.pp("self_attn");
    let qkv = [attention.pp("q_proj"), attention.pp("k_proj"), attention.pp("v_proj")];
    Ok(Layer {
        qkv: joined_qkv(qkv, hidden, heads, precision)?,
        context: packed(&attention.pp("out_proj"), hidden, hidden, precision)?,
        attention_norm: layer_norm(&weights.pp("layer_norm1"), hidden, EPSILON)?,
        inner: Inner::Plain(packed(&weights.pp("mlp.fc1"), hidden, inner, precision)?, Finish::QuickGelu),
        outer: packed(&weights.pp("mlp.fc2"), inner, hidden, precision)?,
        outer_norm: layer_norm(&weights.pp("layer_norm2"), hidden, EPSILON)?,
    })
}
