//! Pictures between reading and embedding: what was decoded for its thumbnail is not decoded again for its vector.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cairn_core::{Cancelled, ContentId, Control};
use image::RgbImage;

/// Bytes kept at most; who brings more waits.
const MOST_BYTES: usize = 64 << 20;
/// Who waits looks so often whether the work was stopped meanwhile.
const TURN: Duration = Duration::from_millis(100);
/// After so many turns in which no picture was taken, nobody seems to take any.
const PATIENCE: usize = 300;

/// Pictures for models, by content and side of the model's input.
#[derive(Default)]
pub(crate) struct Decoded {
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Default)]
struct Kept {
    pictures: HashMap<(ContentId, u32), RgbImage>,
    bytes: usize,
    /// Nobody took one for a long time: what does not fit is not kept until somebody does.
    given_up: bool,
}

impl Decoded {
    /// Keeps a picture once there is room for it: reading goes as fast as embedding. Where nobody takes pictures it is not kept, and
    /// is decoded again when its turn comes.
    pub(crate) fn keep(
        &self,
        content: ContentId,
        side: u32,
        picture: RgbImage,
        control: &Control,
    ) -> Result<(), Cancelled> {
        let bytes = picture.as_raw().len();
        for _ in 0..PATIENCE {
            let mut kept = self.lock();
            if kept.bytes + bytes <= MOST_BYTES || kept.pictures.is_empty() {
                let before = kept.pictures.insert((content, side), picture);
                kept.bytes = kept.bytes + bytes - before.map_or(0, |before| before.as_raw().len());
                return Ok(());
            }
            if kept.given_up {
                return Ok(());
            }
            drop(self.changed.wait_timeout(kept, TURN));
            control.checkpoint()?;
        }
        self.lock().given_up = true;
        Ok(())
    }

    pub(crate) fn take(&self, content: ContentId, side: u32) -> Option<RgbImage> {
        let mut kept = self.lock();
        let picture = kept.pictures.remove(&(content, side))?;
        kept.bytes -= picture.as_raw().len();
        kept.given_up = false;
        self.changed.notify_all();
        Some(picture)
    }

    /// Forgets what nobody took: a run that was cancelled, a photo that was removed meanwhile.
    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A third of what is kept.
    fn large() -> RgbImage {
        RgbImage::new(1024, (MOST_BYTES / 3 / 3 / 1024) as u32)
    }

    #[test]
    fn who_brings_more_than_fits_waits_until_something_is_taken() {
        let decoded = Decoded::default();
        let keep = |id| decoded.keep(ContentId(id), 8, large(), &Control::new());
        (1..4).for_each(|id| keep(id).unwrap());
        std::thread::scope(|scope| {
            let fourth = scope.spawn(|| keep(4));
            std::thread::sleep(TURN / 2);
            assert!(!fourth.is_finished() && decoded.take(ContentId(4), 8).is_none());
            assert!(decoded.take(ContentId(1), 8).is_some());
            fourth.join().unwrap().unwrap();
        });
        assert!(decoded.take(ContentId(4), 8).is_some());
    }

    #[test]
    fn who_waits_is_stopped_with_the_work() {
        let decoded = Decoded::default();
        let control = Control::new();
        let keep = |id| decoded.keep(ContentId(id), 8, large(), &control);
        (1..4).for_each(|id| keep(id).unwrap());
        control.cancel();
        assert_eq!(keep(4), Err(Cancelled));
    }
}
