//! Pixels as CLIP was trained to see them (Radford et al. 2021, arXiv:2103.00020): the shorter side scaled to the
//! model's size by antialiased bicubic interpolation, the centre cut out, each channel standardised.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use image::imageops;

use crate::error::EmbedError;

const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; 3] = [0.268_629_55, 0.261_302_6, 0.275_777_1];

/// Beyond this ratio of sides the ends, which the centre crop drops anyway, are dropped before scaling: a strip of
/// one row would else be scaled to a sheet of gigabytes.
const MAX_RATIO: u32 = 16;

/// The picture as `3 x size x size` numbers: all red ones, row by row, then green, then blue.
pub(crate) fn prepare(picture: &RgbImage, size: u32) -> Result<Vec<f32>, EmbedError> {
    let (width, height) = picture.dimensions();
    let refuse = |reason: String| EmbedError::Picture { width, height, reason };
    if width == 0 || height == 0 {
        return Err(refuse("it has no pixels".to_owned()));
    }
    let longest = width.min(height).saturating_mul(MAX_RATIO);
    let scaled = if width.max(height) > longest {
        let (w, h) = (width.min(longest), height.min(longest));
        let middle = imageops::crop_imm(picture, (width - w) / 2, (height - h) / 2, w, h).to_image();
        scale(&middle, size)
    } else {
        scale(picture, size)
    };
    let scaled = scaled.map_err(refuse)?;
    let (left, top) = ((scaled.width() - size) / 2, (scaled.height() - size) / 2);
    let middle = imageops::crop_imm(&scaled, left, top, size, size).to_image();
    let mut planes = Vec::with_capacity(3 * middle.pixels().len());
    for channel in 0..3 {
        let (mean, deviation) = (MEAN[channel], DEVIATION[channel]);
        planes.extend(middle.pixels().map(|pixel| (f32::from(pixel.0[channel]) / 255.0 - mean) / deviation));
    }
    Ok(planes)
}

/// Scales the shorter side to `size`; the longer one is rounded down, as the reference does.
fn scale(picture: &RgbImage, size: u32) -> Result<RgbImage, String> {
    let (width, height) = picture.dimensions();
    let longer = |long: u32, short: u32| (u64::from(size) * u64::from(long) / u64::from(short)) as u32;
    let (w, h) = if width <= height { (size, longer(height, width)) } else { (longer(width, height), size) };
    // Rows first, then columns, each rounded to bytes, as Pillow does: near hard edges, where the kernel overshoots
    // and is cut to 0..=255, the order shows.
    let source =
        ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3).map_err(|e| e.to_string())?;
    let mut rows = Image::new(w, height, PixelType::U8x3);
    let mut target = Image::new(w, h, PixelType::U8x3);
    // Catmull-Rom is the bicubic kernel with a = -0.5. `Convolution` widens it when scaling down (antialiasing).
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut resizer = Resizer::new();
    resizer.resize(&source, &mut rows, &options).map_err(|error| error.to_string())?;
    resizer.resize(&rows, &mut target, &options).map_err(|error| error.to_string())?;
    RgbImage::from_raw(w, h, target.into_vec())
        .ok_or_else(|| "the scaled picture has the wrong size".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    /// What the reference makes of the same pictures, every 211th number.
    #[test]
    fn pixels_are_those_of_the_reference() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/golden");
        let text = std::fs::read_to_string(golden.join("tiny.json")).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for expected in document["clip"]["pictures"].as_array().unwrap() {
            let file = expected["file"].as_str().unwrap();
            let picture = image::open(golden.join("pictures").join(file)).unwrap().to_rgb8();
            let pixels = prepare(&picture, 224).unwrap();
            let sample = pixels.iter().step_by(211);
            let expected: Vec<f32> = serde_json::from_value(expected["pixels"].clone()).unwrap();
            assert_eq!(sample.len(), expected.len());
            // In steps of one 255th; the channels' deviations differ little.
            let steps: Vec<f32> =
                sample.zip(&expected).map(|(a, b)| (a - b).abs() * 255.0 * DEVIATION[0]).collect();
            let largest = steps.iter().fold(0f32, |a, &b| a.max(b));
            let mean = steps.iter().sum::<f32>() / steps.len() as f32;
            println!("{file}: differs by {largest:.2} steps of 255 at most, {mean:.3} on average");
            // Two decoders of JPEG may differ by a step or two before scaling.
            let (most, usual) = if file.ends_with(".jpg") { (4.0, 0.7) } else { (1.1, 0.2) };
            assert!(largest < most && mean < usual, "{file}: {largest} {mean}");
        }
    }

    #[test]
    fn the_ends_of_a_long_strip_do_not_matter() {
        let middle = |x: u32| image::Rgb([(x % 251) as u8, 90, 200]);
        let long = RgbImage::from_fn(6_000, 10, |x, _| middle(x));
        let longer =
            RgbImage::from_fn(9_000, 10, |x, _| x.checked_sub(1_500).map_or(image::Rgb([0, 0, 0]), middle));
        assert_eq!(prepare(&long, 224).unwrap(), prepare(&longer, 224).unwrap());
    }
}
