use std::sync::Arc;

use cairn_core::{Tag, vector};
use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};
use rayon::prelude::*;

use crate::clip::Clip;
use crate::error::{EmbedError, ModelError};
use crate::kernels::matrix::Precision;
use crate::kernels::threads;
use crate::picture;
use crate::registry::{self, Architecture, ModelEntry};
use crate::store::ModelStore;
use crate::tags::Vocabulary;
use crate::text::TextEncoder;
use crate::tower::{self, Tower};
use crate::weights;

/// Pictures of one batch, of a transformer and of the tower.
const CLIP_BATCH: usize = 16;
const TOWER_BATCH: usize = 8;

/// Turns photos, and the words that look for them, into vectors of one space.
///
/// With CLIP both sides come from the same model. With a locked-text tower (Zhai et al. 2022, arXiv:2111.07991) photos are
/// put into the space of a text model, which reads the words.
pub struct PhotoEncoder {
    entry: ModelEntry,
    sides: Sides,
}

/// What a part of a picture is covered with: nothing to be seen.
const COVER: Rgb<u8> = Rgb([127, 127, 127]);

enum Sides {
    Clip(Box<Clip>),
    LockedText { tower: Box<Tower>, sides: [u32; 2], text: Arc<TextEncoder>, words: Option<Vocabulary> },
}

/// What a model makes of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenPhoto {
    /// Of length one.
    pub vector: Vec<f32>,
    /// Words for what is to be seen, the likeliest first; none of a model that has no words.
    pub tags: Vec<Tag>,
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
        PhotoEncoder::load_with(store, entry, text, Precision::F32)
    }

    /// As [`PhotoEncoder::load`]; CLIP computes in another precision, where the processor gains by it.
    ///
    /// # Errors
    /// As there.
    pub fn load_with(
        store: &ModelStore,
        entry: &ModelEntry,
        text: Option<&Arc<TextEncoder>>,
        precision: Precision,
    ) -> Result<PhotoEncoder, ModelError> {
        let folder = store.ready(entry)?;
        let sides = match entry.architecture {
            Architecture::MobileNetV4 => {
                let sides = tower::check(entry, &folder)?;
                let weights = weights::open(&folder, &Device::Cpu)?;
                let tells = tower::tells_classes(entry);
                let tower = Tower::load(&weights, entry.dims, tells).map_err(|error| {
                    ModelError::damaged(&folder.join(weights::WEIGHTS), error.to_string())
                })?;
                let words = match tells {
                    true => Some(Vocabulary::open(&folder, tower::CLASSES)?),
                    false => None,
                };
                Sides::LockedText {
                    tower: Box::new(tower),
                    sides,
                    text: text_side(store, entry, text)?,
                    words,
                }
            }
            _ => Sides::Clip(Box::new(Clip::load(&folder, entry, precision)?)),
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

    /// Pixels of the largest square that the model sees. A picture is best handed over with a shorter side of twice that or
    /// more; anything smaller loses detail.
    pub fn input_size(&self) -> u32 {
        match &self.sides {
            Sides::Clip(clip) => clip.side,
            Sides::LockedText { sides, .. } => sides[0].max(sides[1]),
        }
    }

    /// One vector of length one for each picture, as [`PhotoEncoder::look_at`] makes it.
    ///
    /// # Errors
    /// As there.
    pub fn embed_photos(&self, pictures: &[RgbImage]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(self.look_at(pictures)?.into_iter().map(|seen| seen.vector).collect())
    }

    /// What the model makes of each picture, in the order given. Pictures are upright (orientation applied) and of any
    /// size.
    ///
    /// # Errors
    /// When a picture has no pixels or the computation fails.
    pub fn look_at(&self, pictures: &[RgbImage]) -> Result<Vec<SeenPhoto>, EmbedError> {
        let mut seen = Vec::with_capacity(pictures.len());
        let batch = match &self.sides {
            Sides::Clip(_) => CLIP_BATCH,
            Sides::LockedText { .. } => TOWER_BATCH,
        };
        for batch in pictures.chunks(batch) {
            seen.extend(self.see(batch)?);
        }
        Ok(seen)
    }

    /// How much each part of a picture adds to its cosine with a query's vector: how much the cosine falls when that part is
    /// covered in grey (occlusion; Zeiler, Fergus 2014, arXiv:1311.2901). `cells` by `cells` values, row by row; a cover is twice
    /// as wide and high as a cell, in the middle of which it lies. Above zero: the part speaks for the query. The cosine of the
    /// whole picture comes first.
    ///
    /// # Errors
    /// As [`PhotoEncoder::look_at`].
    pub fn heat(&self, picture: &RgbImage, query: &[f32], cells: u32) -> Result<(f32, Vec<f32>), EmbedError> {
        let covered = (0..cells * cells).map(|cell| with_cover(picture, cell % cells, cell / cells, cells));
        let pictures: Vec<RgbImage> = std::iter::once(picture.clone()).chain(covered).collect();
        let cosines = self.embed_photos(&pictures)?;
        let mut cosines = cosines.iter().map(|seen| vector::dot(seen, query));
        let whole = cosines.next().unwrap_or_default();
        Ok((whole, cosines.map(|cosine| whole - cosine).collect()))
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
                let vector = clip.read(ids).map_err(|error| self.failed(error))?;
                self.finish(vec![vector])?.into_iter().next().ok_or_else(|| self.failed("no vector"))
            }
        }
    }

    fn see(&self, pictures: &[RgbImage]) -> Result<Vec<SeenPhoto>, EmbedError> {
        let (vectors, tags) = match &self.sides {
            Sides::Clip(clip) => {
                let pixels = joined(pictures, |picture| picture::centre(picture, clip.side))?;
                let vectors = clip.see(pixels, pictures.len()).map_err(|error| self.failed(error))?;
                (vectors, vec![Vec::new(); pictures.len()])
            }
            Sides::LockedText { tower, sides, words, .. } => {
                let outputs = self.see_twice(tower, pictures, *sides)?;
                let logits = outputs.logits.map(|logits| logits.to_vec2::<f32>()).transpose();
                let logits = logits.map_err(|error| self.failed(error))?;
                let tags = match words.as_ref().zip(logits) {
                    Some((words, logits)) => logits.iter().map(|logits| words.tags(logits)).collect(),
                    None => vec![Vec::new(); pictures.len()],
                };
                (outputs.vectors.to_vec2::<f32>().map_err(|error| self.failed(error))?, tags)
            }
        };
        let vectors = self.finish(vectors)?;
        Ok(vectors.into_iter().zip(tags).map(|(vector, tags)| SeenPhoto { vector, tags }).collect())
    }

    /// Looks at each picture, and at its mirror image in another size. The sum of both vectors depends less on which way somebody looks
    /// and how large they are, and ranks better; logits are the mean.
    fn see_twice(
        &self,
        tower: &Tower,
        pictures: &[RgbImage],
        sides: [u32; 2],
    ) -> Result<tower::Outputs, EmbedError> {
        let upright = joined(pictures, |picture| picture::squash(picture, sides[0]))?;
        let mirrored = joined(pictures, |picture| {
            Ok(mirror_image(&picture::squash(picture, sides[1])?, sides[1] as usize))
        })?;
        let see = |pixels, side: u32| {
            let shape = (pictures.len(), side as usize, side as usize, 3);
            let outputs = tower.forward(&Tensor::from_vec(pixels, shape, &Device::Cpu)?)?;
            let lengths = outputs.vectors.sqr()?.sum_keepdim(1)?.sqrt()?;
            let vectors = outputs.vectors.broadcast_div(&lengths)?;
            candle_core::Result::Ok(tower::Outputs { vectors, logits: outputs.logits })
        };
        let both = || {
            let (upright, mirrored) = (see(upright, sides[0])?, see(mirrored, sides[1])?);
            let logits = upright.logits.zip(mirrored.logits);
            candle_core::Result::Ok(tower::Outputs {
                vectors: (upright.vectors + mirrored.vectors)?,
                logits: logits.map(|(upright, mirrored)| (upright + mirrored)? / 2.0).transpose()?,
            })
        };
        both().map_err(|error| self.failed(error))
    }

    fn finish(&self, mut vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, EmbedError> {
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

/// The pixels of all pictures, one after another.
fn joined(
    pictures: &[RgbImage],
    pixels: impl Fn(&RgbImage) -> Result<Vec<f32>, EmbedError> + Send + Sync,
) -> Result<Vec<f32>, EmbedError> {
    let each: Vec<Vec<f32>> = threads::run(|| pictures.par_iter().map(pixels).collect::<Result<_, _>>())?;
    Ok(each.concat())
}

/// Of a channels-last picture.
fn mirror_image(pixels: &[f32], side: usize) -> Vec<f32> {
    let rows = pixels.chunks_exact(3 * side);
    rows.flat_map(|row| row.chunks_exact(3).rev().flatten().copied()).collect()
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
/// A picture with one cell, and half a cell around it, covered in grey.
fn with_cover(picture: &RgbImage, column: u32, row: u32, cells: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let edge = |at: u32, side: u32| {
        let begin = (2 * at).saturating_sub(1) * side / (2 * cells);
        let end = ((2 * at + 3) * side / (2 * cells)).min(side);
        begin..end
    };
    let mut covered = picture.clone();
    for y in edge(row, height) {
        for x in edge(column, width) {
            covered.put_pixel(x, y, COVER);
        }
    }
    covered
}
