//! Where thumbnails lie and how they get there. The worker makes them, its parent writes them: the worker may not.

use std::io::Write;
use std::path::{Path, PathBuf};

use cairn_core::ContentHash;

/// Longer side of a thumbnail in a grid.
pub const THUMBNAIL_SIDE: u32 = 320;
/// Longer side of a picture that fills a preview pane.
pub const PREVIEW_SIDE: u32 = 1280;

/// Where the thumbnail of a file with this hash lies: `dir/ab/abcd…-320.jpg`.
pub fn thumbnail_path(dir: &Path, hash: &ContentHash, side: u32) -> PathBuf {
    let name = hash.to_string();
    dir.join(&name[..2]).join(format!("{name}-{side}.jpg"))
}

/// Where the picture of a document's page, counted from 1, lies.
pub fn page_path(dir: &Path, hash: &ContentHash, page: u32) -> PathBuf {
    let name = hash.to_string();
    dir.join(&name[..2]).join(format!("{name}-page-{page}.jpg"))
}

/// Writes a thumbnail to its [`thumbnail_path`]. Whoever reads the path sees the whole file or none.
pub fn write_thumbnail(path: &Path, jpeg: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(jpeg)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
