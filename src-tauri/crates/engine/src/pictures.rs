//! Pictures for the window: thumbnails of photos, and pages of documents. Made when they are asked for first, and kept.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use cairn_core::{Class, ContentHash, Problem};
use cairn_ingest::{PREVIEW_SIDE, THUMBNAIL_SIDE, Worker, page_path, thumbnail_path, write_thumbnail};

use crate::engine::Inner;
use crate::error::EngineError;

/// Sizes of pictures for the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThumbnailSide {
    /// For lists and the grid.
    Tile,
    /// For the preview.
    Preview,
}

impl ThumbnailSide {
    fn pixels(self) -> u32 {
        match self {
            ThumbnailSide::Tile => THUMBNAIL_SIDE,
            ThumbnailSide::Preview => PREVIEW_SIDE,
        }
    }
}

impl Inner {
    pub(crate) fn thumbnail(&self, hash: &ContentHash, side: ThumbnailSide) -> Result<PathBuf, EngineError> {
        let path = thumbnail_path(&self.folders.thumbnails, hash, side.pixels());
        self.made(hash, path, |worker, source| worker.thumbnail(source, side.pixels()))
    }

    pub(crate) fn page(&self, hash: &ContentHash, page: u32) -> Result<PathBuf, EngineError> {
        let path = page_path(&self.folders.thumbnails, hash, page);
        let index = page.saturating_sub(1) as usize;
        self.made(hash, path, |worker, source| worker.page_jpeg(source, index, PREVIEW_SIDE))
    }

    /// A picture of a content, made from one of its files where it is missing.
    fn made(
        &self,
        hash: &ContentHash,
        path: PathBuf,
        make: impl FnOnce(&mut Worker, &Path) -> Result<Vec<u8>, Problem>,
    ) -> Result<PathBuf, EngineError> {
        if path.exists() {
            return Ok(path);
        }
        let source = self
            .store
            .path_of_hash(hash)?
            .ok_or_else(|| EngineError::not_found("There is no such picture in the library."))?;
        let mut slot = self.thumbnailer.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = match &mut *slot {
            Some(worker) => worker,
            none => none.insert(self.start_worker()?),
        };
        let jpeg = make(worker, &source)
            .map_err(|problem| EngineError::new(Class::NotFound, problem.to_string()))?;
        write_thumbnail(&path, &jpeg)
            .map_err(|error| EngineError::io(&format!("write {}", path.display()), error))?;
        Ok(path)
    }
}
