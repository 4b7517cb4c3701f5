use std::sync::Arc;

use cairn_core::vector;
use candle_core::{Device, Tensor};
use image::RgbImage;

use crate::clip::Clip;
use crate::error::{EmbedError, ModelError};
use crate::picture;
use crate::registry::{self, Architecture, ModelEntry};
use crate::store::ModelStore;
use crate::text::TextEncoder;
use crate::tower::{self, Tower};
use crate::weights;

/// Pictures of one batch.
const BATCH: usize = 8;

/// Turns photos, and the words that look for them, into vectors of one space.
///
/// With CLIP both sides come from the same model. With a locked-text tower (Zhai et al. 2022, arXiv:2111.07991) photos are
/// put into the space of a text model, which reads the words.
pub struct PhotoEncoder {
    entry: ModelEntry,
    sides: Sides,
}

enum Sides {
    Clip(Box<Clip>),
    LockedText { tower: Box<Tower>, side: u32, text: Arc<TextEncoder> },
}

impl PhotoEncoder {
    /// Loads an installed model. `text` is a text encoder that is loaded already; it is shared where this model reads
    /// words with it.
    ///
    /// # Errors
    /// As [`TextEncoder::load`], for an entry of a photo model.
    pub fn load(
        store: &ModelStore,
        entry: &ModelEntry,
        text: Option<&Arc<TextEncoder>>,
    ) -> Result<PhotoEncoder, ModelError> {
        let folder = store.ready(entry)?;
        let sides = match entry.architecture {
            Architecture::MobileNetV4 => {
                let side = tower::check(entry, &folder)?;
                let weights = weights::open(&folder, &Device::Cpu)?;
                let tower = Tower::load(&weights, entry.dims).map_err(|error| {
                    ModelError::damaged(&folder.join(weights::WEIGHTS), error.to_string())
                })?;
                Sides::LockedText { tower: Box::new(tower), side, text: text_side(store, entry, text)? }
            }
            Architecture::Clip | Architecture::Bert => Sides::Clip(Box::new(Clip::load(&folder, entry)?)),
        };
        Ok(PhotoEncoder { entry: entry.clone(), sides })
    }

    /// Registry id.
    pub fn model_id(&self) -> &str {
        &self.entry.id
    }

    /// Components of every vector.
    pub fn dims(&self) -> usize {
        self.entry.dims
    }

    /// Pixels of the square that the model sees. A picture is best handed over with a shorter side of twice that or
    /// more; anything smaller loses detail.
    pub fn input_size(&self) -> u32 {
        match &self.sides {
            Sides::Clip(clip) => clip.side,
            Sides::LockedText { side, .. } => *side,
        }
    }

    /// One vector of length one for each picture, in the order given. Pictures are upright (orientation applied) and
    /// of any size.
    ///
    /// # Errors
    /// When a picture has no pixels or the computation fails.
    pub fn embed_photos(&self, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(BATCH) {
            let side = self.input_size();
            let mut pixels = Vec::new();
            for picture in batch {
                pixels.extend(match &self.sides {
                    Sides::Clip(_) => picture::centre(picture, side)?,
                    Sides::LockedText { .. } => picture::squash(picture, side)?,
                });
            }
            vectors.extend(self.finish(self.see(pixels, batch.len()))?);
        }
        Ok(vectors)
    }

    /// The vector of length one for words that describe a photo.
    ///
    /// # Errors
    /// When the words cannot be cut into tokens or the computation fails.
    pub fn embed_query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        match &self.sides {
            Sides::LockedText { text: encoder, .. } => encoder.embed_query(text),
            Sides::Clip(clip) => {
                let ids = clip.reader.ids(&format!("{}{text}", self.entry.query_prefix))?;
                self.finish(clip.read(ids))?.into_iter().next().ok_or_else(|| self.failed("no vector"))
            }
        }
    }

    fn see(&self, pixels: Vec<f32>, batch: usize) -> candle_core::Result<Tensor> {
        match &self.sides {
            Sides::Clip(clip) => clip.see(pixels, batch),
            Sides::LockedText { tower, side, .. } => {
                let side = *side as usize;
                let both = with_mirror_images(pixels, side);
                let pixels = Tensor::from_vec(both, (2 * batch, side, side, 3), &Device::Cpu)?;
                let vectors = tower.forward(&pixels)?;
                let lengths = vectors.sqr()?.sum_keepdim(1)?.sqrt()?;
                let vectors = vectors.broadcast_div(&lengths)?;
                vectors.narrow(0, 0, batch)? + vectors.narrow(0, batch, batch)?
            }
        }
    }

    fn finish(&self, outputs: candle_core::Result<Tensor>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let outputs = outputs.and_then(|outputs| outputs.to_vec2::<f32>());
        let mut vectors = outputs.map_err(|error| self.failed(error))?;
        for vector in &mut vectors {
            if !vector.iter().all(|x| x.is_finite()) {
                return Err(self.failed("the result is not a number"));
            }
            vector::normalise(vector);
        }
        Ok(vectors)
    }

    fn failed(&self, reason: impl ToString) -> EmbedError {
        EmbedError::Compute { model: self.entry.id.clone(), reason: reason.to_string() }
    }
}

/// Channels-last pictures, followed by each one mirrored: the sum of both vectors depends less on which way somebody
/// looks, and ranks better.
fn with_mirror_images(mut pixels: Vec<f32>, side: usize) -> Vec<f32> {
    let rows = pixels.chunks_exact(3 * side);
    let mirrored: Vec<f32> = rows.flat_map(|row| row.chunks_exact(3).rev().flatten().copied()).collect();
    pixels.extend(mirrored);
    pixels
}

/// The encoder that reads words for this model: the one at hand, where it is that, or else its own.
fn text_side(
    store: &ModelStore,
    entry: &ModelEntry,
    at_hand: Option<&Arc<TextEncoder>>,
) -> Result<Arc<TextEncoder>, ModelError> {
    let reads = entry.text_model.as_deref().unwrap_or_default();
    if let Some(encoder) = at_hand.filter(|encoder| encoder.model_id() == reads) {
        return Ok(encoder.clone());
    }
    let text = registry::entry(reads).ok_or_else(|| ModelError::Missing {
        model: reads.to_owned(),
        remedy: format!("Correct the registry: {} reads words with it.", entry.id),
    })?;
    Ok(Arc::new(TextEncoder::load(store, text)?))
}
