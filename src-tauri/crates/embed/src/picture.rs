//! Pixels as the models were trained to see them: scaled by antialiased bicubic interpolation, each channel standardised.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use image::imageops;

use crate::error::EmbedError;

/// Mean and deviation of each channel over the pictures that a model was trained with.
struct Standard {
    mean: [f32; 3],
    deviation: [f32; 3],
}

/// Radford et al. 2021, arXiv:2103.00020.
const CLIP: Standard = Standard {
    mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    deviation: [0.268_629_55, 0.261_302_6, 0.275_777_1],
};
/// Those of ImageNet, as nearly every convolutional network uses them.
const IMAGENET: Standard = Standard { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/// Beyond this ratio of sides the ends, which the centre crop drops anyway, are dropped before scaling: a strip of
/// one row would else be scaled to a sheet of gigabytes.
const MAX_RATIO: u32 = 16;

impl Standard {
    fn of(&self, byte: u8, channel: usize) -> f32 {
        (f32::from(byte) / 255.0 - self.mean[channel]) / self.deviation[channel]
    }
}

/// For CLIP: the shorter side scaled to `side`, the centre cut out, as `3 x side x side` numbers: all red ones, row by
/// row, then green, then blue.
pub(crate) fn centre(picture: &RgbImage, side: u32) -> Result<Vec<f32>, EmbedError> {
    let (width, height) = picture.dimensions();
    refuse_empty(picture)?;
    let longest = width.min(height).saturating_mul(MAX_RATIO);
    let scaled = if width.max(height) > longest {
        let (w, h) = (width.min(longest), height.min(longest));
        let middle = imageops::crop_imm(picture, (width - w) / 2, (height - h) / 2, w, h).to_image();
        scale_shorter(&middle, side)?
    } else {
        scale_shorter(picture, side)?
    };
    let (left, top) = ((scaled.width() - side) / 2, (scaled.height() - side) / 2);
    let middle = imageops::crop_imm(&scaled, left, top, side, side).to_image();
    let plane = |channel: usize| middle.pixels().map(move |pixel| CLIP.of(pixel.0[channel], channel));
    Ok((0..3).flat_map(plane).collect())
}

/// For the built-in tower: the whole picture scaled to a square, as `side x side x 3` numbers, the channels of a pixel
/// side by side.
pub(crate) fn squash(picture: &RgbImage, side: u32) -> Result<Vec<f32>, EmbedError> {
    refuse_empty(picture)?;
    let scaled = scale(picture, side, side)?;
    Ok(scaled
        .as_raw()
        .chunks_exact(3)
        .flat_map(|pixel| [0, 1, 2].map(|c| IMAGENET.of(pixel[c], c)))
        .collect())
}

fn refuse_empty(picture: &RgbImage) -> Result<(), EmbedError> {
    let (width, height) = picture.dimensions();
    if width == 0 || height == 0 {
        return Err(EmbedError::Picture { width, height, reason: "it has no pixels".to_owned() });
    }
    Ok(())
}

/// Scales the shorter side to `side`; the longer one is rounded down, as the reference does.
fn scale_shorter(picture: &RgbImage, side: u32) -> Result<RgbImage, EmbedError> {
    let (width, height) = picture.dimensions();
    let longer = |long: u32, short: u32| (u64::from(side) * u64::from(long) / u64::from(short)) as u32;
    let (w, h) = if width <= height { (side, longer(height, width)) } else { (longer(width, height), side) };
    scale(picture, w, h)
}

/// Rows first, then columns, each rounded to bytes, as Pillow does: near hard edges, where the kernel overshoots and is
/// cut to 0..=255, the order shows.
fn scale(picture: &RgbImage, w: u32, h: u32) -> Result<RgbImage, EmbedError> {
    let (width, height) = picture.dimensions();
    let refuse = |reason: String| EmbedError::Picture { width, height, reason };
    let source = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)
        .map_err(|error| refuse(error.to_string()))?;
    let mut rows = Image::new(w, height, PixelType::U8x3);
    let mut target = Image::new(w, h, PixelType::U8x3);
    // Catmull-Rom is the bicubic kernel with a = -0.5. `Convolution` widens it when scaling down (antialiasing).
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut resizer = Resizer::new();
    resizer.resize(&source, &mut rows, &options).map_err(|error| refuse(error.to_string()))?;
    resizer.resize(&rows, &mut target, &options).map_err(|error| refuse(error.to_string()))?;
    RgbImage::from_raw(w, h, target.into_vec())
        .ok_or_else(|| refuse("the scaled picture has the wrong size".to_owned()))
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
            let pixels = centre(&picture, 224).unwrap();
            let sample = pixels.iter().step_by(211);
            let expected: Vec<f32> = serde_json::from_value(expected["pixels"].clone()).unwrap();
            assert_eq!(sample.len(), expected.len());
            // In steps of one 255th; the channels' deviations differ little.
            let steps: Vec<f32> =
                sample.zip(&expected).map(|(a, b)| (a - b).abs() * 255.0 * CLIP.deviation[0]).collect();
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
        assert_eq!(centre(&long, 224).unwrap(), centre(&longer, 224).unwrap());
    }
}
