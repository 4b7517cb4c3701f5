//! Pages of a PDF as pictures, by `hayro`.

use std::path::Path;

use cairn_core::{Problem, ProblemCode};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use image::RgbImage;

/// Pixels of a page, whatever its form.
const MOST_PIXELS: u64 = 16_000_000;

/// An open PDF.
struct Pages {
    pdf: Pdf,
}

impl Pages {
    /// Opens a PDF: one without encryption, or whose password for reading is empty.
    fn open(bytes: Vec<u8>) -> Result<Pages, String> {
        let pdf = Pdf::new(bytes).map_err(reason)?;
        if pdf.pages().is_empty() { Err("no pages".to_owned()) } else { Ok(Pages { pdf }) }
    }

    /// How many pages there are.
    fn count(&self) -> usize {
        self.pdf.pages().len()
    }

    /// A page (the first is 0) on white, cropped and rotated as it says, with `longest_side` pixels on its longer side,
    /// or with fewer where that would make more than `most_pixels`.
    fn render(&self, page: usize, longest_side: u32, most_pixels: u64) -> Result<RgbImage, String> {
        let pages = self.pdf.pages();
        let page = pages
            .get(page)
            .ok_or_else(|| format!("page {} of {} pages", page.saturating_add(1), pages.len()))?;
        let size = page.render_dimensions();
        let (width, height) = pixels(size, longest_side, most_pixels).ok_or("the page has no size")?;
        let pixmap = paint(page, size, (width, height));
        let colours = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        RgbImage::from_raw(width.into(), height.into(), colours).ok_or_else(|| "no pixels".to_owned())
    }
}

/// A page of a file (the first is 0) and how many there are; as [`Pages::render`].
pub(crate) fn page(path: &Path, page: usize, longest_side: u32) -> Result<(RgbImage, usize), Problem> {
    let damaged = |detail: String| Problem::new(ProblemCode::Damaged, detail);
    let bytes = std::fs::read(path).map_err(|error| Problem::from_io(&error))?;
    let pages = Pages::open(bytes).map_err(damaged)?;
    Ok((pages.render(page, longest_side, MOST_PIXELS).map_err(damaged)?, pages.count()))
}

/// Pixels across and down for a page of this size.
fn pixels((width, height): (f32, f32), longest_side: u32, most_pixels: u64) -> Option<(u16, u16)> {
    let (width, height) = (f64::from(width), f64::from(height));
    let by_side = f64::from(longest_side) / width.max(height);
    let by_area = (most_pixels as f64 / (width * height)).sqrt();
    let scale = by_side.min(by_area);
    // Rounded down where the area decides: a pixel more could be one too many.
    let length = |points: f64| {
        let pixels = if by_area < by_side { (points * scale).floor() } else { (points * scale).round() };
        pixels.clamp(1.0, f64::from(u16::MAX)) as u16
    };
    (scale.is_finite() && scale > 0.0).then(|| (length(width), length(height)))
}

fn paint(page: &Page, (width, height): (f32, f32), pixels: (u16, u16)) -> Pixmap {
    let scale = |pixels: u16, points: f32| f64::from(pixels) / f64::from(points);
    let scale = Affine::scale_non_uniform(scale(pixels.0, width), scale(pixels.1, height));
    let to_pixels = scale * page.initial_transform(true).to_kurbo();
    let mut context = RenderContext::new(pixels.0, pixels.1);
    let (cache, interpreter, settings) =
        (RenderCache::new(), InterpreterSettings::default(), RenderSettings::default());
    render_into(page, &cache, &interpreter, &settings, &mut context, to_pixels);
    context.flush();
    let mut pixmap = Pixmap::new(pixels.0, pixels.1);
    let on_white =
        RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), on_white);
    pixmap
}

fn reason(error: LoadPdfError) -> String {
    let reason = match error {
        LoadPdfError::Invalid => "not a PDF, or its parts cannot be found",
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => "it needs a password",
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
            "encrypted in a way that is not known"
        }
        LoadPdfError::Decryption(DecryptionError::MissingIDEntry | DecryptionError::InvalidEncryption) => {
            "what it says of its encryption is damaged"
        }
    };
    reason.to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn render(bytes: Vec<u8>, page: usize, side: u32, most_pixels: u64) -> Result<RgbImage, String> {
        Pages::open(bytes)?.render(page, side, most_pixels)
    }

    /// A page of 200 x 100 points with a red square of 50 in its lower left corner.
    fn pdf(entries: &str) -> Vec<u8> {
        let content = "1 0 0 rg 0 0 50 50 re f";
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R{entries}>>"),
            format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        ];
        let mut file = "%PDF-1.7\n".to_owned();
        let mut table = "xref\n0 5\n0000000000 65535 f \n".to_owned();
        for (number, object) in (1..).zip(&objects) {
            table += &format!("{:010} 00000 n \n", file.len());
            file += &format!("{number} 0 obj\n{object}\nendobj\n");
        }
        let start = file.len();
        file += &format!("{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
        file.into_bytes()
    }

    const RED: [u8; 3] = [255, 0, 0];
    const WHITE: [u8; 3] = [255; 3];

    #[test]
    fn a_page_is_painted_on_white() {
        let page = render(pdf(""), 0, 100, 1_000_000).unwrap();
        assert_eq!(page.dimensions(), (100, 50));
        assert_eq!([(5, 45), (5, 5), (95, 45)].map(|(x, y)| page.get_pixel(x, y).0), [RED, WHITE, WHITE]);
    }

    #[test]
    fn rotation_and_crop_box_are_honoured() {
        let page = render(pdf("/Rotate 90"), 0, 100, 1_000_000).unwrap();
        assert_eq!(page.dimensions(), (50, 100));
        assert_eq!([(5, 5), (5, 95), (45, 5)].map(|(x, y)| page.get_pixel(x, y).0), [RED, WHITE, WHITE]);
        let page = render(pdf("/CropBox[10 10 50 30]"), 0, 100, 1_000_000).unwrap();
        assert_eq!(page.dimensions(), (100, 50));
        assert!(page.pixels().all(|pixel| pixel.0 == RED));
    }

    #[test]
    fn no_page_has_too_many_pixels() {
        let page = render(pdf(""), 0, 1000, 5000).unwrap();
        assert_eq!(page.dimensions(), (100, 50));
        assert!(render(pdf(""), 0, 0, 5000).is_err() && render(pdf(""), 0, 100, 0).is_err());
    }

    #[test]
    fn what_cannot_be_read_has_a_reason() {
        assert_eq!(Pages::open(pdf("")).unwrap().count(), 1);
        assert_eq!(render(pdf(""), 1, 100, 5000).unwrap_err(), "page 2 of 1 pages");
        assert_eq!(Pages::open(b"no".to_vec()).err().unwrap(), "not a PDF, or its parts cannot be found");
    }
}
