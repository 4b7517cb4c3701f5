//! AVIF pictures. The container is read by `heifer`, AV1 by `re_rav1d` (in [`crate::av1`]); tiles, transparency and
//! orientation are put together here.

use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use heifer::heifer_isobmff::{HeifFile, ItemId};
use image::{GrayImage, RgbImage, imageops};

use crate::av1::{Frame, Place};

/// The picture in plain RGB, the right way up, on white where it is transparent. More than `most_pixels` are refused
/// before anything is decoded.
///
/// Cropping, rotation and mirroring are properties of the picture in its container, and done. What EXIF says of the
/// orientation repeats that and must not be done again.
pub(crate) fn decode(bytes: &[u8], most_pixels: u64) -> Result<RgbImage, String> {
    let file = HeifFile::parse(bytes).map_err(text)?;
    let item = file.primary_id;
    let size = coded_size(&file)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    if pixels == 0 {
        return Err("no pixels".to_owned());
    }
    if pixels > most_pixels {
        return Err(format!("{} x {} pixels are too many", size.0, size.1));
    }
    let mut picture = RgbImage::new(size.0, size.1);
    each_tile(&file, item, size, most_pixels, |frame, place| frame.paint(&mut picture, place))?;
    if let Some(alpha_item) = alpha_item(&file)? {
        let mut alpha = GrayImage::new(size.0, size.1);
        each_tile(&file, alpha_item, size, most_pixels, |frame, place| frame.paint_grey(&mut alpha, place))?;
        let premultiplied = file.referenced_items(item, b"prem").contains(&alpha_item);
        put_on_white(&mut picture, &alpha, premultiplied);
    }
    upright(&file, picture)
}

/// Pixels across and down as they are stored, before cropping and rotation: for whoever has a limit and a reason of his
/// own to give.
pub(crate) fn size(bytes: &[u8]) -> Result<(u32, u32), String> {
    coded_size(&HeifFile::parse(bytes).map_err(text)?)
}

/// What EXIF says of the picture, if anything.
pub(crate) fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    let file = HeifFile::parse(bytes).ok()?;
    file.exif(file.primary_id).ok().flatten()
}

fn coded_size(file: &HeifFile) -> Result<(u32, u32), String> {
    let item = file.primary_item().map_err(text)?;
    if item.item_type.0 == *b"grid" {
        let grid = file.grid(item.id).map_err(text)?;
        return Ok((grid.output_width, grid.output_height));
    }
    file.image_size(item.id).map_err(text)?.ok_or_else(|| "the size of the picture is missing".to_owned())
}

fn alpha_item(file: &HeifFile) -> Result<Option<ItemId>, String> {
    for item in file.referencing_items(file.primary_id, b"auxl") {
        let is_alpha = |property: &Property| {
            matches!(property, Property::AuxiliaryType(name) if name == "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
                || name == "urn:mpeg:hevc:2015:auxid:1")
        };
        if file.item_properties(item).map_err(text)?.any(is_alpha) {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// Rows and columns of tiles, and the tiles from left to right and from top to bottom.
type Layout = (u32, u32, Vec<ItemId>);

fn layout(file: &HeifFile, item: ItemId) -> Result<Layout, String> {
    let kind = file.item(item).map_err(text)?.item_type;
    match &kind.0 {
        b"av01" => Ok((1, 1, vec![item])),
        b"grid" => {
            let grid = file.grid(item).map_err(text)?;
            let (rows, columns) = (u32::from(grid.rows), u32::from(grid.columns));
            let tiles = file.referenced_items(item, b"dimg").to_vec();
            if (rows * columns) as usize != tiles.len() {
                return Err("the number of tiles is wrong".to_owned());
            }
            Ok((rows, columns, tiles))
        }
        _ => Err(format!("pictures stored as {kind} are not read")),
    }
}

/// Decodes the tiles of a picture of this size one after the other.
fn each_tile(
    file: &HeifFile,
    item: ItemId,
    (width, height): (u32, u32),
    most_pixels: u64,
    mut paint: impl FnMut(&Frame, Place),
) -> Result<(), String> {
    let (rows, columns, tiles) = layout(file, item)?;
    let mut first_size = None;
    for (index, &tile) in (0..).zip(&tiles) {
        let said = coding(file, tile)?.or(coding(file, item)?);
        let frame = Frame::decode(&file.item_data(tile).map_err(text)?, said, most_pixels)?;
        let (tile_width, tile_height) = *first_size.get_or_insert(frame.size());
        if frame.size() != (tile_width, tile_height) {
            return Err("the tiles have different sizes".to_owned());
        }
        if !fits(columns, tile_width, width) || !fits(rows, tile_height, height) {
            return Err("the size of the picture is not that of its tiles".to_owned());
        }
        let left = index % columns * tile_width;
        let top = index / columns * tile_height;
        paint(&frame, Place { left: left as usize, top: top as usize });
    }
    Ok(())
}

/// The matrix and whether the range is full, as the container has them (ISO/IEC 23091-2).
fn coding(file: &HeifFile, item: ItemId) -> Result<Option<(u16, bool)>, String> {
    Ok(file.item_properties(item).map_err(text)?.find_map(|property| match property {
        Property::Color(ColorInfo::Nclx { matrix, full_range, .. }) => Some((*matrix, *full_range)),
        _ => None,
    }))
}

/// Whether so many tiles cover the whole length, and none lies outside: many more would be decoded for nothing.
fn fits(tiles: u32, tile_length: u32, length: u32) -> bool {
    let covered = |tiles: u32| u64::from(tiles) * u64::from(tile_length);
    covered(tiles) >= u64::from(length) && covered(tiles - 1) < u64::from(length)
}

fn put_on_white(picture: &mut RgbImage, alpha: &GrayImage, premultiplied: bool) {
    for (pixel, alpha) in picture.pixels_mut().zip(alpha.pixels()) {
        let alpha = u32::from(alpha.0[0]);
        let own_weight = if premultiplied { 255 } else { alpha };
        let blend =
            |value: u8| ((u32::from(value) * own_weight + 255 * (255 - alpha) + 127) / 255).min(255) as u8;
        pixel.0 = pixel.0.map(blend);
    }
}

/// Crops, rotates and mirrors in the order of the properties (ISO/IEC 23008-12, 6.5).
fn upright(file: &HeifFile, mut picture: RgbImage) -> Result<RgbImage, String> {
    for property in file.item_properties(file.primary_id).map_err(text)? {
        picture = match *property {
            Property::CleanAperture { width, height, horiz_offset, vert_offset } => {
                let across = aperture(picture.width(), width, horiz_offset);
                let down = aperture(picture.height(), height, vert_offset);
                let cropped = imageops::crop_imm(&picture, across.0, down.0, across.1, down.1).to_image();
                if cropped.is_empty() { picture } else { cropped }
            }
            // Against the clock.
            Property::Rotation(1) => imageops::rotate270(&picture),
            Property::Rotation(2) => imageops::rotate180(&picture),
            Property::Rotation(3) => imageops::rotate90(&picture),
            Property::Mirror(top_and_bottom) if top_and_bottom => imageops::flip_vertical(&picture),
            Property::Mirror(_) => imageops::flip_horizontal(&picture),
            _ => picture,
        };
    }
    Ok(picture)
}

/// Where the crop begins and how long it is, from its length and the way from one middle to the other, which are
/// fractions (ISO/IEC 14496-12, 12.1.4).
fn aperture(length: u32, wanted: (u32, u32), offset: (i32, u32)) -> (u32, u32) {
    let wanted = f64::from(wanted.0) / f64::from(wanted.1);
    let offset = f64::from(offset.0) / f64::from(offset.1);
    let start = offset + (f64::from(length) - wanted) / 2.0;
    (start.round() as u32, wanted.round() as u32)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // Red grows to the right, blue to the left, green downwards. Made with Pillow and avifenc.
    const GRID: &[u8] = include_bytes!("../../../../tests/fixtures/ingest/grid.avif");
    const LIMITED: &[u8] = include_bytes!("../../../../tests/fixtures/ingest/limited-10-bit.avif");
    const ROTATED: &[u8] = include_bytes!("../../../../tests/fixtures/ingest/rotated.avif");
    const TRANSPARENT: &[u8] = include_bytes!("../../../../tests/fixtures/ingest/transparent.avif");

    const UPPER_LEFT: [u8; 3] = [63, 63, 192];
    const UPPER_RIGHT: [u8; 3] = [192, 63, 63];
    const LOWER_LEFT: [u8; 3] = [63, 192, 192];
    const LOWER_RIGHT: [u8; 3] = [192, 192, 63];

    /// Checks the mean colours of the quarters: above from left to right, then below.
    fn check(picture: &RgbImage, expected: [[u8; 3]; 4]) {
        let (width, height) = (picture.width() / 2, picture.height() / 2);
        for (quarter, colour) in (0..).zip(expected) {
            let part = imageops::crop_imm(picture, quarter % 2 * width, quarter / 2 * height, width, height);
            let part = part.to_image();
            for (channel, expected) in colour.into_iter().enumerate() {
                let sum: u64 = part.pixels().map(|pixel| u64::from(pixel.0[channel])).sum();
                let mean = sum / u64::from(width * height);
                assert!(mean.abs_diff(expected.into()) < 8, "quarter {quarter}: {mean} in {channel}");
            }
        }
    }

    #[test]
    fn tiles_are_put_together() {
        let picture = decode(GRID, 128 * 128).unwrap();
        assert_eq!(picture.dimensions(), (128, 128));
        check(&picture, [UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT]);
    }

    #[test]
    fn ten_bits_of_limited_range_become_eight_of_full_range() {
        let picture = decode(LIMITED, 64 * 48).unwrap();
        check(&picture, [UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT]);
    }

    #[test]
    fn a_picture_lies_on_white() {
        let picture = decode(TRANSPARENT, 64 * 48).unwrap();
        // The lower left is half transparent.
        check(&picture, [UPPER_LEFT, [255; 3], [158, 223, 223], [255; 3]]);
    }

    #[test]
    fn a_picture_stands_upright() {
        let picture = decode(ROTATED, 64 * 48).unwrap();
        assert_eq!((size(ROTATED).unwrap(), picture.dimensions()), ((64, 48), (48, 64)));
        check(&picture, [LOWER_LEFT, UPPER_LEFT, LOWER_RIGHT, UPPER_RIGHT]);
    }

    #[test]
    fn too_many_pixels_are_refused() {
        for bytes in [GRID, LIMITED, ROTATED, TRANSPARENT] {
            assert!(decode(bytes, 64 * 48 - 1).unwrap_err().contains("too many"));
        }
    }

    #[test]
    fn damaged_files_do_no_harm() {
        for bytes in [GRID, LIMITED, ROTATED, TRANSPARENT] {
            for at in (0..bytes.len()).step_by(7) {
                assert!(decode(&bytes[..at], 1 << 20).is_err());
                let mut changed = bytes.to_vec();
                changed[at] ^= 0x55;
                let _ = decode(&changed, 1 << 20);
            }
        }
    }

    #[test]
    fn a_crop_is_taken_around_the_middle() {
        assert_eq!(aperture(100, (50, 1), (0, 1)), (25, 50));
        assert_eq!(aperture(100, (50, 1), (-50, 2)), (0, 50));
        assert_eq!(aperture(100, (50, 0), (0, 0)).0, 0);
    }
}
