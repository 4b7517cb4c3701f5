//! Pictures between reading and embedding: what was decoded for its thumbnail is not decoded again for its vector.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cairn_core::ContentId;
use image::RgbImage;

/// Bytes kept at most. A picture that does not fit is decoded again when its turn comes.
const MOST_BYTES: usize = 64 << 20;

/// Pictures for models, by content and side of the model's input.
#[derive(Default)]
pub(crate) struct Decoded {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    pictures: HashMap<(ContentId, u32), RgbImage>,
    bytes: usize,
}

impl Decoded {
    pub(crate) fn keep(&self, content: ContentId, side: u32, picture: RgbImage) {
        let mut kept = self.lock();
        let bytes = picture.as_raw().len();
        if kept.bytes + bytes <= MOST_BYTES {
            let before = kept.pictures.insert((content, side), picture);
            kept.bytes = kept.bytes + bytes - before.map_or(0, |before| before.as_raw().len());
        }
    }

    pub(crate) fn take(&self, content: ContentId, side: u32) -> Option<RgbImage> {
        let mut kept = self.lock();
        let picture = kept.pictures.remove(&(content, side))?;
        kept.bytes -= picture.as_raw().len();
        Some(picture)
    }

    /// Forgets what nobody took: a run that was cancelled, a photo that was removed meanwhile.
    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
