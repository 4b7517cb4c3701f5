//! Photos that are nearly the same: their vectors propose, their thumbnails decide.

use std::collections::HashMap;

use cairn_core::{ContentHash, ContentId};
use cairn_ingest::{THUMBNAIL_SIDE, thumbnail_path};
use cairn_insight::{Knn, alike};
use image::imageops::FilterType;

use crate::engine::Inner;

/// Photos are proposed from this cosine on: two sizes of one photo have .96 or more with the built-in photo model, but so may two
/// photos of the same kind of thing.
const PROPOSED: f32 = 0.92;
/// Bits of the difference hash in which two sizes or edits of one photo may differ, of 64.
const MOST_BITS: u32 = 10;

impl Inner {
    /// Groups of photos that are nearly the same. `graph` holds the neighbours of each of `contents` in the photo space.
    pub(crate) fn nearly_the_same(&self, graph: &Knn, contents: &[ContentId]) -> Vec<Vec<ContentId>> {
        // Only of those that were proposed: few, however large the library is.
        let hash = |item: usize| {
            let content = contents.get(item)?;
            let first = self.store.first_file_of_contents(&[*content]).ok()?.remove(content)?;
            self.difference_hash(&first.file.content?.hash)
        };
        let mut hashes: HashMap<usize, Option<u64>> = HashMap::new();
        let mut known = |item: usize| *hashes.entry(item).or_insert_with(|| hash(item));
        let groups = alike(graph, PROPOSED, |a, b| {
            known(a).zip(known(b)).is_some_and(|(a, b)| (a ^ b).count_ones() <= MOST_BITS)
        });
        let content = |item: usize| contents.get(item).copied();
        groups.into_iter().map(|group| group.into_iter().filter_map(content).collect()).collect()
    }

    /// Whether brightness rises from each of 9 x 8 parts of a photo to the next (dHash, Krawetz 2013); `None` without a thumbnail.
    fn difference_hash(&self, hash: &ContentHash) -> Option<u64> {
        let thumbnail = image::open(thumbnail_path(&self.folders.thumbnails, hash, THUMBNAIL_SIDE)).ok()?;
        let small = thumbnail.resize_exact(9, 8, FilterType::Triangle).to_luma8();
        let rises = small.rows().flat_map(|row| {
            let row: Vec<u8> = row.map(|pixel| pixel.0[0]).collect();
            row.windows(2).map(|pair| pair[1] > pair[0]).collect::<Vec<_>>()
        });
        Some(rises.fold(0, |bits, rises| bits << 1 | u64::from(rises)))
    }
}
