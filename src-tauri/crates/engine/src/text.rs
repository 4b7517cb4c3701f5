//! Byte ranges of Rust text as the ranges of UTF-16 units that a window counts.

use std::ops::Range;

use crate::api::Marked;

/// The byte offsets, given in any order, as offsets in UTF-16 units. An offset inside a character counts as the
/// character's beginning.
fn utf16_offsets(text: &str, offsets: &[usize]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_unstable_by_key(|&i| offsets.get(i));
    let mut result = vec![0; offsets.len()];
    let mut chars = text.char_indices().peekable();
    let mut units = 0u32;
    for i in order {
        let (Some(&offset), Some(slot)) = (offsets.get(i), result.get_mut(i)) else { continue };
        while let Some(&(at, c)) = chars.peek() {
            if at + c.len_utf8() > offset {
                break;
            }
            units += c.len_utf16() as u32;
            chars.next();
        }
        *slot = units;
    }
    result
}

/// The byte ranges as ranges of UTF-16 units.
pub(crate) fn utf16_ranges(text: &str, ranges: &[Range<usize>]) -> Vec<(u32, u32)> {
    let offsets: Vec<usize> = ranges.iter().flat_map(|range| [range.start, range.end]).collect();
    utf16_offsets(text, &offsets).chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The byte offsets as offsets in UTF-16 units.
pub(crate) fn utf16_points(text: &str, points: &[usize]) -> Vec<u32> {
    utf16_offsets(text, points)
}

/// A text with marked byte ranges, for the window.
pub(crate) fn marked(text: &str, marks: &[Range<usize>]) -> Marked {
    Marked { text: text.to_owned(), marks: utf16_ranges(text, marks) }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_utf16_units() {
        // a: 1 byte, 1 unit; ü: 2 bytes, 1 unit; 😀: 4 bytes, 2 units; 語: 3 bytes, 1 unit.
        let text = "aü😀語z";
        assert_eq!(
            utf16_ranges(text, &[0..1, 1..3, 3..7, 7..10, 10..11]),
            [(0, 1), (1, 2), (2, 4), (4, 5), (5, 6)]
        );
        assert_eq!(utf16_ranges(text, &[7..11, 0..3]), [(4, 6), (0, 2)]);
        assert_eq!(utf16_points(text, &[11, 99]), [6, 6]);
    }
}
