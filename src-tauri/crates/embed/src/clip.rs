//! CLIP (Radford et al. 2021, arXiv:2103.00020): a vision transformer and a causal text transformer.

use std::path::Path;

use candle_core::{Device, Result, Tensor};
use candle_transformers::models::clip::text_model::{Activation, ClipTextConfig};
use candle_transformers::models::clip::vision_model::ClipVisionConfig;
use candle_transformers::models::clip::{ClipConfig, ClipModel};
use serde::Deserialize;

use crate::device;
use crate::error::ModelError;
use crate::families::clip::PackedClip;
use crate::kernels::matrix::Precision;
use crate::registry::{Architecture, ModelEntry};
use crate::tokens::TokenReader;
use crate::weights::{self, Shapes};

/// Both towers of an installed model.
pub(crate) struct Clip {
    model: Model,
    pub(crate) reader: TokenReader,
    /// Side of the pictures, in pixels.
    pub(crate) side: u32,
}

/// What computes.
enum Model {
    /// Our own, on the processor.
    Packed(Box<PackedClip>),
    /// Candle's, on other devices.
    Stock(Box<ClipModel>, Device),
}

impl Clip {
    pub(crate) fn load(
        folder: &Path,
        entry: &ModelEntry,
        precision: Precision,
    ) -> std::result::Result<Clip, ModelError> {
        let config = check(entry, folder)?;
        let device = device::pick();
        let builder = weights::open(folder, &device)?;
        let model = match &device {
            Device::Cpu => {
                PackedClip::load(&builder, &config, precision).map(|model| Model::Packed(Box::new(model)))
            }
            _ => ClipModel::new(builder, &config).map(|model| Model::Stock(Box::new(model), device)),
        };
        let model =
            model.map_err(|error| ModelError::damaged(&folder.join(weights::WEIGHTS), error.to_string()))?;
        let reader = TokenReader::open(folder, entry)?;
        reader.fits_vocabulary(config.text_config.vocab_size, folder)?;
        Ok(Clip { model, reader, side: config.image_size as u32 })
    }

    /// `pixels`: `[batch, 3, side, side]`, standardised; a vector for each, not normalised.
    pub(crate) fn see(&self, pixels: Vec<f32>, batch: usize) -> Result<Vec<Vec<f32>>> {
        match &self.model {
            Model::Packed(model) => model.see(&pixels),
            Model::Stock(model, device) => {
                let side = self.side as usize;
                let pixels = Tensor::from_vec(pixels, (batch, 3, side, side), device)?;
                model.get_image_features(&pixels)?.to_vec2()
            }
        }
    }

    /// Token ids to a vector, not normalised.
    pub(crate) fn read(&self, ids: Vec<u32>) -> Result<Vec<f32>> {
        match &self.model {
            Model::Packed(model) => model.read(&ids),
            Model::Stock(model, device) => {
                let shape = (1, ids.len());
                model.get_text_features(&Tensor::from_vec(ids, shape, device)?)?.squeeze(0)?.to_vec1()
            }
        }
    }
}

/// `config.json` of a CLIP model. A field that is left out has the value of ViT-B/32, as in the reference.
#[derive(Deserialize)]
#[serde(default)]
struct ConfigFile {
    projection_dim: usize,
    text_config: TextTower,
    vision_config: VisionTower,
}

#[derive(Deserialize)]
#[serde(default)]
struct TextTower {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    hidden_act: String,
}

#[derive(Deserialize)]
#[serde(default)]
struct VisionTower {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_channels: usize,
    image_size: usize,
    patch_size: usize,
    hidden_act: String,
}

impl Default for ConfigFile {
    fn default() -> Self {
        ConfigFile {
            projection_dim: 512,
            text_config: TextTower::default(),
            vision_config: VisionTower::default(),
        }
    }
}

impl Default for TextTower {
    fn default() -> Self {
        TextTower {
            vocab_size: 49408,
            hidden_size: 512,
            intermediate_size: 2048,
            max_position_embeddings: 77,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            hidden_act: QUICK_GELU.to_owned(),
        }
    }
}

impl Default for VisionTower {
    fn default() -> Self {
        VisionTower {
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            num_channels: 3,
            image_size: 224,
            patch_size: 32,
            hidden_act: QUICK_GELU.to_owned(),
        }
    }
}

const QUICK_GELU: &str = "quick_gelu";

/// Checks configuration and weights of a CLIP model.
pub(crate) fn check(entry: &ModelEntry, folder: &Path) -> std::result::Result<ClipConfig, ModelError> {
    let refuse = |reason: String| Err(ModelError::damaged(&folder.join(weights::CONFIG), reason));
    if entry.architecture != Architecture::Clip {
        return refuse(format!("the registry does not describe {} as a CLIP model", entry.id));
    }
    let ConfigFile { projection_dim, text_config: text, vision_config: vision } =
        weights::read_config(folder)?;
    if projection_dim != entry.dims {
        return refuse(format!("it has {projection_dim} dimensions, but {} are expected", entry.dims));
    }
    for (hidden, heads) in
        [(text.hidden_size, text.num_attention_heads), (vision.hidden_size, vision.num_attention_heads)]
    {
        if heads == 0 || !hidden.is_multiple_of(heads) {
            return refuse(format!("{heads} heads do not divide {hidden} dimensions"));
        }
    }
    for activation in [&text.hidden_act, &vision.hidden_act] {
        if activation != QUICK_GELU {
            return refuse(format!("its activation {activation} is not supported; only {QUICK_GELU} is"));
        }
    }
    let whole_patches = vision.patch_size > 0 && vision.image_size.is_multiple_of(vision.patch_size);
    if !whole_patches || !(1..=4096).contains(&vision.image_size) || vision.num_channels != 3 {
        return refuse(format!("pictures of {} with patches of {}", vision.image_size, vision.patch_size));
    }
    if entry.max_tokens < 2 || entry.max_tokens > text.max_position_embeddings {
        return refuse(format!("it reads at most {} tokens", text.max_position_embeddings));
    }
    weights::require(folder, &tensors(projection_dim, &text, &vision))?;
    Ok(ClipConfig {
        text_config: ClipTextConfig {
            vocab_size: text.vocab_size,
            embed_dim: text.hidden_size,
            activation: Activation::QuickGelu,
            intermediate_size: text.intermediate_size,
            max_position_embeddings: text.max_position_embeddings,
            pad_with: None,
            num_hidden_layers: text.num_hidden_layers,
            num_attention_heads: text.num_attention_heads,
            projection_dim,
        },
        vision_config: ClipVisionConfig {
            embed_dim: vision.hidden_size,
            activation: Activation::QuickGelu,
            intermediate_size: vision.intermediate_size,
            num_hidden_layers: vision.num_hidden_layers,
            num_attention_heads: vision.num_attention_heads,
            projection_dim,
            num_channels: vision.num_channels,
            image_size: vision.image_size,
            patch_size: vision.patch_size,
        },
        logit_scale_init_value: 2.6592,
        image_size: vision.image_size,
    })
}

/// Every tensor of both towers. The learned scale of the logits is not used: it does not change a cosine.
fn tensors(projection: usize, text: &TextTower, vision: &VisionTower) -> Shapes {
    let mut shapes = Shapes::new();
    let mut tensor = |name: String, shape: &[usize]| shapes.push((name, shape.to_vec()));
    let (t, v) = (text.hidden_size, vision.hidden_size);
    let patches = (vision.image_size / vision.patch_size).pow(2);
    tensor("text_model.embeddings.token_embedding.weight".to_owned(), &[text.vocab_size, t]);
    tensor("text_model.embeddings.position_embedding.weight".to_owned(), &[text.max_position_embeddings, t]);
    tensor("text_projection.weight".to_owned(), &[projection, t]);
    tensor("vision_model.embeddings.class_embedding".to_owned(), &[v]);
    tensor("vision_model.embeddings.position_embedding.weight".to_owned(), &[patches + 1, v]);
    let patch = vision.patch_size;
    tensor(
        "vision_model.embeddings.patch_embedding.weight".to_owned(),
        &[v, vision.num_channels, patch, patch],
    );
    tensor("visual_projection.weight".to_owned(), &[projection, v]);
    let mut norms = vec![
        ("text_model.final_layer_norm".to_owned(), t),
        ("vision_model.pre_layrnorm".to_owned(), v),
        ("vision_model.post_layernorm".to_owned(), v),
    ];
    let towers = [
        ("text_model", text.num_hidden_layers, t, text.intermediate_size),
        ("vision_model", vision.num_hidden_layers, v, vision.intermediate_size),
    ];
    for (tower, layers, hidden, inner) in towers {
        for index in 0..layers {
            let layer = format!("{tower}.encoder.layers.{index}");
            let maps = [
                ("self_attn.q_proj", hidden, hidden),
                ("self_attn.k_proj", hidden, hidden),
                ("self_attn.v_proj", hidden, hidden),
                ("self_attn.out_proj", hidden, hidden),
                ("mlp.fc1", inner, hidden),
                ("mlp.fc2", hidden, inner),
            ];
            for (map, rows, columns) in maps {
                tensor(format!("{layer}.{map}.weight"), &[rows, columns]);
                tensor(format!("{layer}.{map}.bias"), &[rows]);
            }
            norms
                .extend([(format!("{layer}.layer_norm1"), hidden), (format!("{layer}.layer_norm2"), hidden)]);
        }
    }
    for (norm, length) in norms {
        tensor(format!("{norm}.weight"), &[length]);
        tensor(format!("{norm}.bias"), &[length]);
    }
    shapes
}
