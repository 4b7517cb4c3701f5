//! Drawings (SVG), by `resvg`. Nothing outside the file is read but the system's fonts, and those only for text.

use std::sync::{Arc, OnceLock};

use cairn_core::{Problem, ProblemCode};
use image::RgbaImage;
use memchr::memmem;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{ImageHrefResolver, Options, Tree};

/// The drawing with `side` pixels on its longer side.
pub(crate) fn render(bytes: &[u8], side: u32) -> Result<RgbaImage, Problem> {
    let damaged = |detail: &str| Problem::new(ProblemCode::Damaged, detail);
    let options = Options {
        // A drawing may name other files; it gets none.
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        fontdb: if memmem::find(bytes, b"<text").is_some() { fonts() } else { Arc::default() },
        ..Options::default()
    };
    let tree = Tree::from_data(bytes, &options).map_err(|error| damaged(&error.to_string()))?;
    let size = tree.size();
    let scale = side as f32 / size.width().max(size.height());
    let pixels = |length: f32| ((length * scale).round() as u32).clamp(1, side);
    let mut picture =
        Pixmap::new(pixels(size.width()), pixels(size.height())).ok_or_else(|| damaged("no size"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    let (width, height) = (picture.width(), picture.height());
    let colours = picture.pixels().iter().flat_map(|pixel| {
        let pixel = pixel.demultiply();
        [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
    });
    RgbaImage::from_raw(width, height, colours.collect()).ok_or_else(|| damaged("no pixels"))
}

/// The system's fonts, looked for once.
fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_drawing_is_painted_and_names_no_other_file() {
        let drawing = br##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="20" height="20" fill="#f00"/>
            <image href="/etc/hostname" width="9" height="9"/></svg>"##;
        let picture = render(drawing, 80).unwrap();
        assert_eq!(picture.dimensions(), (80, 40));
        assert_eq!(picture.get_pixel(10, 20).0, [255, 0, 0, 255]);
        assert_eq!(picture.get_pixel(70, 20).0[3], 0);
        assert!(render(b"<svg", 80).is_err());
    }
}
