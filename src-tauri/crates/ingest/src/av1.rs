//! AV1 pictures, by `re_rav1d`, and from their samples to colours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{GrayImage, RgbImage};
use re_rav1d::pixel::YUVRange;
use re_rav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings};

/// Where the upper left corner of a frame lies in the whole picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) left: usize,
    pub(crate) top: usize,
}

/// One decoded picture.
pub(crate) struct Frame {
    planes: Planes,
    coding: Coding,
}

impl Frame {
    /// The first picture of the data, which may have no more pixels than that. `said` is its matrix (ITU-T H.273) and
    /// whether its range is full, where the container has it: that overrules the data.
    pub(crate) fn decode(data: &[u8], said: Option<(u16, bool)>, most_pixels: u64) -> Result<Frame, String> {
        if data.is_empty() {
            return Err("no data".to_owned());
        }
        let mut settings = Settings::new();
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        // Of a picture in several qualities, the best one only.
        settings.set_all_layers(false);
        settings.set_frame_size_limit(u32::try_from(most_pixels).unwrap_or(u32::MAX));
        let problem = |error| format!("AV1 decoder: {error}");
        let mut decoder = Decoder::with_settings(&settings).map_err(problem)?;
        decoder
            .send_data(data.to_vec(), None, None, None)
            // It wants the first picture taken before the rest is sent, and only the first is wanted.
            .or_else(|error| if error.is_again() { Ok(()) } else { Err(problem(error)) })?;
        let picture = decoder.get_picture().map_err(problem)?;
        let planes = Planes::of(&picture);
        let own_range = || picture.color_range() == YUVRange::Full;
        let (matrix, full_range) = said.unwrap_or_else(|| (own_matrix(&picture), own_range()));
        let matrix = if planes.chroma.is_some() { matrix } else { UNSPECIFIED };
        let coding = Coding::new(matrix, full_range, picture.bit_depth());
        Ok(Frame { planes, coding })
    }

    /// Pixels across and down.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.planes.width as u32, self.planes.height as u32)
    }

    /// Paints the frame at its place; what lies outside is left out.
    pub(crate) fn paint(&self, picture: &mut RgbImage, place: Place) {
        for (y, row) in picture.rows_mut().skip(place.top).take(self.planes.height).enumerate() {
            let (luma, blue, red) = self.planes.row(y, self.coding.grey);
            let samples = luma.iter().zip(&blue).zip(&red);
            for (pixel, ((&luma, &blue), &red)) in row.skip(place.left).zip(samples) {
                pixel.0 = self.coding.colour(luma, blue, red);
            }
        }
    }

    /// As [`Frame::paint`], with luma alone.
    pub(crate) fn paint_grey(&self, picture: &mut GrayImage, place: Place) {
        for (y, row) in picture.rows_mut().skip(place.top).take(self.planes.height).enumerate() {
            for (pixel, &luma) in row.skip(place.left).zip(&self.planes.luma.row(y)) {
                pixel.0 = [byte(self.coding.level(luma))];
            }
        }
    }
}

fn own_matrix(picture: &Picture) -> u16 {
    // For a code that nobody has given a meaning to, the decoder panics.
    catch_unwind(AssertUnwindSafe(|| picture.matrix_coefficients() as u16)).unwrap_or(UNSPECIFIED)
}

struct Planes {
    luma: Plane,
    /// The differences of blue and of red; a grey picture has none.
    chroma: Option<(Plane, Plane)>,
    width: usize,
    height: usize,
    /// Whether the differences have half the columns.
    half_columns: bool,
    /// Whether the differences have half the rows.
    half_rows: bool,
}

impl Planes {
    fn of(picture: &Picture) -> Planes {
        let layout = picture.pixel_layout();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let half_columns = matches!(layout, PixelLayout::I420 | PixelLayout::I422);
        let half_rows = layout == PixelLayout::I420;
        let chroma_width = if half_columns { width.div_ceil(2) } else { width };
        let chroma = |component| Plane::of(picture, component, chroma_width);
        let chroma = (layout != PixelLayout::I400)
            .then(|| (chroma(PlanarImageComponent::U), chroma(PlanarImageComponent::V)));
        let luma = Plane::of(picture, PlanarImageComponent::Y, width);
        Planes { luma, chroma, width, height, half_columns, half_rows }
    }

    /// Luma and both differences, one of each for every pixel.
    fn row(&self, y: usize, grey: f32) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let luma = self.luma.row(y);
        match &self.chroma {
            None => (luma, vec![grey; self.width], vec![grey; self.width]),
            Some((blue, red)) => (luma, self.enlarged_row(blue, y), self.enlarged_row(red, y)),
        }
    }

    /// Chroma samples lie in the middle of those of luma that they stand for, and are blended linearly in between.
    fn enlarged_row(&self, plane: &Plane, y: usize) -> Vec<f32> {
        let row = if self.half_rows {
            let (near, far) = (plane.row(y / 2), plane.row(second_nearest(y)));
            near.iter().zip(&far).map(|(&near, &far)| blend(near, far)).collect()
        } else {
            plane.row(y)
        };
        if !self.half_columns {
            return row;
        }
        let last = row.last().copied().unwrap_or_default();
        let at = |x: usize| row.get(x).copied().unwrap_or(last);
        (0..self.width).map(|x| blend(at(x / 2), at(second_nearest(x)))).collect()
    }
}

/// Of samples that stand for two positions each, the one beside the position that is not its own.
fn second_nearest(position: usize) -> usize {
    if position % 2 == 1 { position / 2 + 1 } else { (position / 2).saturating_sub(1) }
}

fn blend(near: f32, far: f32) -> f32 {
    0.75 * near + 0.25 * far
}

struct Plane {
    samples: re_rav1d::Plane,
    /// Bytes from one row to the next.
    stride: usize,
    width: usize,
    height: usize,
    /// Whether a sample has two bytes.
    wide: bool,
}

impl Plane {
    fn of(picture: &Picture, component: PlanarImageComponent, width: usize) -> Plane {
        let (stride, height) = picture.plane_data_geometry(component);
        Plane {
            samples: picture.plane(component),
            stride: stride as usize,
            width,
            height: height as usize,
            wide: picture.bit_depth() > 8,
        }
    }

    /// One row; behind the last one, the last one again.
    fn row(&self, y: usize) -> Vec<f32> {
        let start = y.min(self.height.saturating_sub(1)) * self.stride;
        let bytes = self.samples.get(start..).unwrap_or_default();
        if self.wide {
            let samples = bytes.as_chunks().0.iter().take(self.width);
            samples.map(|&sample| f32::from(u16::from_ne_bytes(sample))).collect()
        } else {
            bytes.iter().take(self.width).map(|&sample| f32::from(sample)).collect()
        }
    }
}

/// What samples mean (ITU-T H.273, 8.3).
struct Coding {
    /// Of red and of blue in luma; `None` where the planes are green, blue and red themselves.
    weights: Option<(f32, f32)>,
    /// The sample without light.
    black: f32,
    /// Samples from black to white.
    luma_span: f32,
    /// The sample without a difference in colour.
    grey: f32,
    /// Samples from the least to the greatest difference in colour.
    chroma_span: f32,
}

impl Coding {
    fn new(matrix: u16, full_range: bool, bits: usize) -> Coding {
        let unit = f32::from(1_u16 << (bits.clamp(8, 16) - 8));
        let (black, luma_span, chroma_span) = if full_range {
            (0.0, 256.0 * unit - 1.0, 256.0 * unit - 1.0)
        } else {
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        Coding { weights: weights(matrix), black, luma_span, grey: 128.0 * unit, chroma_span }
    }

    /// From 0, black, to 1, white.
    fn level(&self, sample: f32) -> f32 {
        (sample - self.black) / self.luma_span
    }

    fn colour(&self, luma: f32, blue: f32, red: f32) -> [u8; 3] {
        let Some((red_weight, blue_weight)) = self.weights else {
            return [red, luma, blue].map(|sample| byte(self.level(sample)));
        };
        let luma = self.level(luma);
        let difference = |sample: f32| 2.0 * (sample - self.grey) / self.chroma_span;
        let red = luma + (1.0 - red_weight) * difference(red);
        let blue = luma + (1.0 - blue_weight) * difference(blue);
        let green = (luma - red_weight * red - blue_weight * blue) / (1.0 - red_weight - blue_weight);
        [red, green, blue].map(byte)
    }
}

/// The code of a matrix that is not known.
const UNSPECIFIED: u16 = 2;

/// The weights of red and blue for the code of a matrix (ITU-T H.273, table 4).
fn weights(matrix: u16) -> Option<(f32, f32)> {
    match matrix {
        0 => None,
        1 => Some((0.2126, 0.0722)),
        4 => Some((0.30, 0.11)),
        7 => Some((0.212, 0.087)),
        9 | 10 => Some((0.2627, 0.0593)),
        // BT.601, which is also meant where nothing is said.
        _ => Some((0.299, 0.114)),
    }
}

/// From 0 and less to 255 for 1 and more.
fn byte(level: f32) -> u8 {
    (level * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_every_range_are_black_and_white() {
        for matrix in [0, 1, 2, 9] {
            for bits in [8, 10, 12] {
                let unit = f32::from(1_u16 << (bits - 8));
                let grey = if matrix == 0 { |luma, _| luma } else { |_, grey| grey };
                let full = Coding::new(matrix, true, bits);
                let white = 256.0 * unit - 1.0;
                assert_eq!(full.colour(0.0, grey(0.0, full.grey), grey(0.0, full.grey)), [0; 3]);
                assert_eq!(full.colour(white, grey(white, full.grey), grey(white, full.grey)), [255; 3]);
                let limited = Coding::new(matrix, false, bits);
                let (black, white) = (16.0 * unit, 235.0 * unit);
                assert_eq!(
                    limited.colour(black, grey(black, limited.grey), grey(black, limited.grey)),
                    [0; 3]
                );
                assert_eq!(
                    limited.colour(white, grey(white, limited.grey), grey(white, limited.grey)),
                    [255; 3]
                );
            }
        }
    }

    #[test]
    fn differences_become_colours() {
        // Red in BT.601 and in BT.709, limited range (ITU-R BT.601-7, BT.709-6).
        assert_eq!(Coding::new(6, false, 8).colour(81.0, 90.0, 240.0), [254, 0, 0]);
        assert_eq!(Coding::new(1, false, 8).colour(63.0, 102.0, 240.0), [255, 1, 0]);
        // Planes of green, blue and red.
        assert_eq!(Coding::new(0, true, 8).colour(1.0, 2.0, 3.0), [3, 1, 2]);
    }

    #[test]
    fn chroma_is_blended_with_the_neighbour_on_the_other_side() {
        assert_eq!([0, 1, 2, 3, 4].map(second_nearest), [0, 1, 0, 2, 1]);
    }
}
