//! Pictures between reading and embedding: what was decoded for its thumbnail is not decoded again for its vector.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cairn_core::ContentId;
use image::RgbImage;

/// Bytes kept at most. A picture that does not fit is decoded again when its turn comes.
const MOST_BYTES: usize = 64 << 20;

/// Pictures for models, by content and side of the model's input.
#[derive(Default)]
pub(crate) struct Decoded {
    pictures: Mutex<(HashMap<(ContentId, u32), RgbImage>, usize)>,
}

impl Decoded {
    pub(crate) fn keep(&self, content: ContentId, side: u32, picture: RgbImage) {
        let mut kept = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = picture.as_raw().len();
        if kept.1 + bytes <= MOST_BYTES && kept.0.insert((content, side), picture).is_none() {
            kept.1 += bytes;
        }
    }

    pub(crate) fn take(&self, content: ContentId, side: u32) -> Option<RgbImage> {
        let mut kept = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let picture = kept.0.remove(&(content, side))?;
        kept.1 -= picture.as_raw().len();
        Some(picture)
    }

    /// Forgets what nobody took: a run that was cancelled, a photo that was removed meanwhile.
    pub(crate) fn clear(&self) {
        *self.pictures.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
    }
}
