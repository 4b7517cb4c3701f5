//! Raw files of cameras: the JPEG that the camera has put into each, for itself to show.

use memchr::memmem;

/// Beginnings looked at: a raw file has two or three pictures, and chance makes few more.
const MOST: usize = 64;

/// The embedded JPEG with the most pixels, from its first byte to the end of the file.
pub(crate) fn largest_jpeg(raw: &[u8]) -> Option<&[u8]> {
    let starts = memmem::find_iter(raw, &[0xFF, 0xD8, 0xFF]).take(MOST);
    let pictures = starts.filter_map(|start| Some((pixels(&raw[start..])?, start)));
    let (_, start) = pictures.max()?;
    Some(&raw[start..])
}

/// How many pixels a JPEG has, by the header of its frame. `None` where there is none, or the raw data itself is a
/// lossless JPEG, which nothing shows.
fn pixels(jpeg: &[u8]) -> Option<u64> {
    let mut at = 2;
    loop {
        let &[0xFF, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
        match marker {
            0xFF => at += 1,
            0xC0..=0xC2 => {
                let &[rows_high, rows_low, width_high, width_low] = jpeg.get(at + 5..at + 9)? else {
                    return None;
                };
                let rows = u64::from(u16::from_be_bytes([rows_high, rows_low]));
                return Some(rows * u64::from(u16::from_be_bytes([width_high, width_low])));
            }
            0x00..=0xBF | 0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xDA => return None,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{ImageFormat, RgbImage};

    #[test]
    fn the_largest_picture_is_found() {
        let jpeg = |side| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            RgbImage::new(side, side).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
            bytes.into_inner()
        };
        let (small, large) = (jpeg(16), jpeg(64));
        let raw = [b"II*\0\xFF\xD8\xFFnoise".as_slice(), &small, b"sensor", &large, b"rest"].concat();
        assert!(largest_jpeg(&raw).unwrap().starts_with(&large));
        assert_eq!(largest_jpeg(b"II*\0\xFF\xD8\xFFnoise"), None);
    }
}
