//! Pictures: decoded upright and in plain RGB whatever the file's own form, their facts read, thumbnails written.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use cairn_core::{Kind, Problem, ProblemCode};
use exif::{Exif, In, Rational, Tag, Value};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use heifer::image_crate::HeifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::error::LimitErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use jxl_oxide::integration::JxlDecoder;
use memchr::memmem;

use crate::detect::detect;
use crate::extract::{Photo, Request, open, read_head};
use crate::thumbnails::{PREVIEW_SIDE, THUMBNAIL_SIDE};
use crate::{avif, jpeg, raw, svg};

const MAX_PICTURE_BYTES: u64 = 2 << 30;
const MAX_PIXELS: u64 = 250_000_000;
/// Decoded bytes: 250 megapixels with alpha, with room for the decoder in the worker's address space.
const MAX_DECODED_BYTES: u64 = 3 << 29;
const JPEG_QUALITY: u8 = 80;

/// The picture in plain RGB, the right way up, first frame, on white where it is transparent. More than
/// `max_pixels` is [`ProblemCode::TooLarge`] before anything is decoded.
pub fn decode_upright(path: &Path, max_pixels: u64) -> Result<RgbImage, Problem> {
    let (mut file, _) = open(path)?;
    let head = read_head(&mut file)?;
    let kind = detect(&head, path.file_name().unwrap_or_default());
    decode(path, kind, max_pixels, None).map(|decoded| decoded.picture)
}

/// As [`decode_upright`], for whoever needs `short` pixels on the shorter side: a large JPEG may come out smaller, by an
/// exact fraction, and never with fewer.
fn decode_at_least(path: &Path, short: u32) -> Result<RgbImage, Problem> {
    let (mut file, _) = open(path)?;
    let head = read_head(&mut file)?;
    let kind = detect(&head, path.file_name().unwrap_or_default());
    decode(path, kind, MAX_PIXELS, Some(short)).map(|decoded| decoded.picture)
}

pub(crate) fn extract(path: &Path, kind: Kind, request: &Request) -> Result<Photo, Problem> {
    // A thumbnail's long side is enough on the short one.
    let least = request.pixels.map_or(0, model_short).max(THUMBNAIL_SIDE);
    let Decoded { picture, width, height, exif } = decode(path, kind, MAX_PIXELS, Some(least))?;
    let pixels = request.pixels.map(|side| for_model(&picture, side)).transpose()?;
    let thumbnail = if request.thumbnail {
        // Shrinking in two steps costs nothing to be seen while the first one leaves twice the pixels.
        let enough = |pixels: &&RgbImage| pixels.width().max(pixels.height()) >= 2 * THUMBNAIL_SIDE;
        Some(small_jpeg(pixels.as_ref().filter(enough).unwrap_or(&picture), THUMBNAIL_SIDE)?)
    } else {
        None
    };
    let exif = exif.as_ref();
    Ok(Photo {
        kind,
        width,
        height,
        taken_ms: exif.and_then(taken_ms),
        camera: exif.and_then(camera),
        lens: exif.and_then(|exif| ascii(exif, Tag::LensModel)),
        place: exif.and_then(place),
        thumbnail,
        pixels,
    })
}

/// A JPEG of the upright picture with `side` pixels on its longer side, never enlarged.
pub(crate) fn thumbnail(path: &Path, side: u32) -> Result<Vec<u8>, Problem> {
    small_jpeg(&decode_at_least(path, side)?, side)
}

pub(crate) fn model_picture(path: &Path, side: u32) -> Result<RgbImage, Problem> {
    for_model(&decode_at_least(path, model_short(side))?, side)
}

/// The shorter side of what a model with inputs of this side is given.
fn model_short(side: u32) -> u32 {
    side.saturating_mul(2)
}

/// Shrunk to a short side of twice the model's input where it is larger: less to send, and the model's own
/// resize still decides what it sees.
fn for_model(picture: &RgbImage, side: u32) -> Result<RgbImage, Problem> {
    let (short, wanted) = (picture.width().min(picture.height()), model_short(side));
    if short <= wanted || wanted == 0 { Ok(picture.clone()) } else { resize(picture, wanted, short) }
}

/// `side` pixels on its longer side, never enlarged.
pub(crate) fn small_jpeg(picture: &RgbImage, side: u32) -> Result<Vec<u8>, Problem> {
    let long = picture.width().max(picture.height());
    let small = if long > side { Cow::Owned(resize(picture, side, long)?) } else { Cow::Borrowed(picture) };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(&*small).map_err(image_problem)?;
    Ok(jpeg)
}

/// Scales both sides by `to / from`.
fn resize(picture: &RgbImage, to: u32, from: u32) -> Result<RgbImage, Problem> {
    let damaged = |error: &dyn std::fmt::Display| Problem::new(ProblemCode::Damaged, error.to_string());
    let scaled = |side: u32| ((f64::from(side) * f64::from(to) / f64::from(from)).round() as u32).max(1);
    let (width, height) = (scaled(picture.width()), scaled(picture.height()));
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3)
        .map_err(|error| damaged(&error))?;
    let mut small = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut small, &options).map_err(|error| damaged(&error))?;
    RgbImage::from_raw(width, height, small.into_vec())
        .ok_or_else(|| damaged(&"the scaled picture has the wrong size"))
}

/// What stands before metadata in a JPEG, and by mistake elsewhere.
const EXIF_IN_JPEG: &[u8] = b"Exif\0\0";

struct Decoded {
    /// Upright; a fraction of the whole where that was asked for.
    picture: RgbImage,
    /// Pixels across of the whole, upright.
    width: u32,
    /// Pixels down of the whole, upright.
    height: u32,
    exif: Option<Exif>,
}

fn decode(path: &Path, kind: Kind, max_pixels: u64, least: Option<u32>) -> Result<Decoded, Problem> {
    let (mut file, length) = open(path)?;
    if length > MAX_PICTURE_BYTES {
        let detail = format!("{} MB; pictures are read up to {} MB", length >> 20, MAX_PICTURE_BYTES >> 20);
        return Err(Problem::new(ProblemCode::TooLarge, detail));
    }
    if kind == Kind::Svg {
        return decode_drawing(&whole(&mut file)?);
    }
    if kind == Kind::Avif {
        return decode_avif(&whole(&mut file)?, max_pixels);
    }
    let jpeg = if kind == Kind::Jpeg { Some(whole_jpeg(&file)?) } else { None };
    let tiff_exif = if matches!(kind, Kind::Tiff | Kind::Raw) { exif_of_tiff(&mut file) } else { None };
    let mut decoder = decoder(file, kind, max_pixels)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > max_pixels || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(too_many_pixels(width, height, max_pixels));
    }
    if pixels == 0 {
        return Err(Problem::new(ProblemCode::Damaged, "no pixels"));
    }
    // Broken metadata is no reason to refuse sound pixels.
    let exif = decoder.exif_metadata().unwrap_or_default().and_then(parse_exif);
    let own = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // Decoders do not find it where the metadata begins as in a JPEG; in HEIC it must not count a second time.
    let told = match kind {
        Kind::Webp | Kind::Png => exif.as_ref(),
        _ => tiff_exif.as_ref(),
    };
    let orientation = told.and_then(orientation).unwrap_or(own);
    let fraction =
        least.zip(jpeg).and_then(|(least, jpeg)| jpeg::decode_fraction(&jpeg, width.min(height), least));
    let picture = match fraction {
        Some(picture) => picture,
        None => on_white(DynamicImage::from_decoder(decoder).map_err(image_problem)?),
    };
    let mut picture = DynamicImage::ImageRgb8(picture);
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    let (width, height) = if lies_on_its_side(orientation) { (height, width) } else { (width, height) };
    Ok(Decoded { picture, width, height, exif: tiff_exif.or(exif) })
}

/// What decodes a kind of picture; only HEIC is decoded here already.
fn decoder(mut file: File, kind: Kind, max_pixels: u64) -> Result<Box<dyn ImageDecoder>, Problem> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Webp => ImageFormat::WebP,
        Kind::Gif => ImageFormat::Gif,
        Kind::Tiff => ImageFormat::Tiff,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Heic => {
            let options = heifer::Options { max_threads: 1, max_pixels };
            let decoder = HeifDecoder::with_options(BufReader::new(file), &options).map_err(image_problem)?;
            return Ok(Box::new(decoder));
        }
        Kind::Jxl => {
            let mut decoder = JxlDecoder::new(BufReader::new(file)).map_err(image_problem)?;
            let (width, height) = decoder.dimensions();
            if u64::from(width) * u64::from(height) > max_pixels {
                return Err(too_many_pixels(width, height, max_pixels));
            }
            decoder.set_limits(limits).map_err(image_problem)?;
            return Ok(Box::new(decoder));
        }
        Kind::Raw => {
            let raw = whole(&mut file)?;
            let preview = raw::largest_jpeg(&raw).ok_or_else(|| {
                Problem::new(ProblemCode::Unsupported, "raw file with no picture embedded in it")
            })?;
            let preview = Cursor::new(preview.to_vec());
            let mut reader = ImageReader::with_format(preview, ImageFormat::Jpeg);
            reader.limits(limits);
            return Ok(Box::new(reader.into_decoder().map_err(image_problem)?));
        }
        _ => return Err(Problem::new(ProblemCode::Unsupported, "not a picture that Cairn reads")),
    };
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    reader.limits(limits);
    Ok(Box::new(reader.into_decoder().map_err(image_problem)?))
}

fn decode_avif(bytes: &[u8], max_pixels: u64) -> Result<Decoded, Problem> {
    let damaged = |detail: String| Problem::new(ProblemCode::Damaged, detail);
    let (width, height) = avif::size(bytes).map_err(damaged)?;
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(too_many_pixels(width, height, max_pixels));
    }
    let picture = avif::decode(bytes, max_pixels).map_err(damaged)?;
    let (width, height) = picture.dimensions();
    Ok(Decoded { picture, width, height, exif: avif::exif(bytes).and_then(parse_exif) })
}

fn decode_drawing(bytes: &[u8]) -> Result<Decoded, Problem> {
    let picture = on_white(DynamicImage::ImageRgba8(svg::render(bytes, PREVIEW_SIDE)?));
    let (width, height) = picture.dimensions();
    Ok(Decoded { picture, width, height, exif: None })
}

fn whole(file: &mut File) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| Problem::from_io(&error))?;
    Ok(bytes)
}

fn too_many_pixels(width: u32, height: u32, max_pixels: u64) -> Problem {
    let most = max_pixels / 1_000_000;
    let detail = format!("{width} x {height} pixels; pictures are read up to {most} megapixels");
    Problem::new(ProblemCode::TooLarge, detail)
}

/// The facts of a file that is built as EXIF itself is. The file is left at its beginning.
fn exif_of_tiff(file: &mut File) -> Option<Exif> {
    let mut reader = exif::Reader::new();
    let parsed = reader.continue_on_error(true).read_from_container(&mut BufReader::new(&*file));
    file.rewind().ok()?;
    parsed.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn orientation(exif: &Exif) -> Option<Orientation> {
    let value = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    Orientation::from_exif(u8::try_from(value).ok()?)
}

fn lies_on_its_side(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [r, g, b, alpha] = from.0.map(u32::from);
        let blend = |value: u32| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        to.0 = [blend(r), blend(g), blend(b)];
    }
    flat
}

/// The decoder fills the missing rest of a cut-off JPEG with grey and says nothing. In the compressed pixels an
/// end marker cannot occur by chance, so a file without one behind the start of the scan was cut.
fn whole_jpeg(mut file: &File) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let io_problem = |error: std::io::Error| Problem::from_io(&error);
    file.read_to_end(&mut bytes).map_err(io_problem)?;
    file.rewind().map_err(io_problem)?;
    let cut = || Problem::new(ProblemCode::Damaged, "the file is cut off: the end of the picture is missing");
    // Segments: FF, marker, two bytes of length. They may hold a small JPEG with an end marker of its own.
    let mut at = 2;
    loop {
        match bytes.get(at..at + 4) {
            Some(&[0xFF, 0xFF, ..]) => at += 1,
            Some(&[0xFF, 0xDA, ..]) => break,
            Some(&[0xFF, marker, high, low]) if !matches!(marker, 0x00 | 0x01 | 0xD0..=0xD9) => {
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
            Some(_) => at += 1,
            None => return Err(cut()),
        }
    }
    if memmem::find(&bytes[at..], &[0xFF, 0xD9]).is_some() { Ok(bytes) } else { Err(cut()) }
}

fn image_problem(error: ImageError) -> Problem {
    let code = match &error {
        ImageError::Limits(limit) if !matches!(limit.kind(), LimitErrorKind::Unsupported { .. }) => {
            ProblemCode::TooLarge
        }
        ImageError::Unsupported(_) => ProblemCode::Unsupported,
        ImageError::IoError(io) => match Problem::from_io(io).code {
            // Decoders also say this way that the file ended too early or makes no sense.
            ProblemCode::Io if io.raw_os_error().is_none() => ProblemCode::Damaged,
            code => code,
        },
        _ => ProblemCode::Damaged,
    };
    Problem::new(code, error.to_string())
}

fn parse_exif(mut raw: Vec<u8>) -> Option<Exif> {
    if raw.starts_with(EXIF_IN_JPEG) {
        raw.drain(..EXIF_IN_JPEG.len());
    }
    let mut reader = exif::Reader::new();
    let parsed = reader.continue_on_error(true).read_raw(raw);
    parsed.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn ascii(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let text = String::from_utf8_lossy(parts.first()?);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    (!text.is_empty()).then(|| text.to_owned())
}

fn camera(exif: &Exif) -> Option<String> {
    match (ascii(exif, Tag::Make), ascii(exif, Tag::Model)) {
        (Some(make), Some(model)) => {
            // "NIKON CORPORATION" + "NIKON D70", "Canon" + "Canon EOS 40D": the model names its maker already.
            let first_word = make.split_whitespace().next().unwrap_or_default().to_lowercase();
            let named = model.to_lowercase().starts_with(&first_word);
            Some(if named { model } else { format!("{make} {model}") })
        }
        (make, model) => model.or(make),
    }
}

fn taken_ms(exif: &Exif) -> Option<i64> {
    const CLOCKS: [(Tag, Tag, Tag); 3] = [
        (Tag::DateTimeOriginal, Tag::OffsetTimeOriginal, Tag::SubSecTimeOriginal),
        (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized, Tag::SubSecTimeDigitized),
        (Tag::DateTime, Tag::OffsetTime, Tag::SubSecTime),
    ];
    CLOCKS.iter().find_map(|&(clock, offset, fraction)| {
        let mut moment = exif::DateTime::from_ascii(ascii(exif, clock)?.as_bytes()).ok()?;
        // Without an offset, or with a broken one, the clock stands alone.
        if let Some(offset) = ascii(exif, offset) {
            let _ = moment.parse_offset(offset.as_bytes());
        }
        if let Some(fraction) = ascii(exif, fraction) {
            let _ = moment.parse_subsec(fraction.as_bytes());
        }
        unix_ms(&moment)
    })
}

fn unix_ms(moment: &exif::DateTime) -> Option<i64> {
    let month = time::Month::try_from(moment.month).ok()?;
    // Cameras whose clock was never set say year 0.
    let year = i32::from(moment.year).clamp(0, 9999);
    let date = time::Date::from_calendar_date(year, month, moment.day).ok().filter(|_| year >= 1826)?;
    let milli = u16::try_from(moment.nanosecond.unwrap_or(0) / 1_000_000).ok()?;
    let clock = time::Time::from_hms_milli(moment.hour, moment.minute, moment.second, milli).ok()?;
    let local = time::PrimitiveDateTime::new(date, clock).assume_utc();
    let ms = i64::try_from(local.unix_timestamp_nanos() / 1_000_000).ok()?;
    Some(ms - i64::from(moment.offset.unwrap_or(0)) * 60_000)
}

fn place(exif: &Exif) -> Option<(f64, f64)> {
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, 'S')?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, 'W')?;
    let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    // Receivers without a fix write zeros.
    (on_earth && (latitude, longitude) != (0.0, 0.0)).then_some((latitude, longitude))
}

fn degrees(exif: &Exif, tag: Tag, reference: Tag, negative: char) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let part = |index: usize| parts.get(index).map_or(0.0, Rational::to_f64);
    let value = part(0) + part(1) / 60.0 + part(2) / 3600.0;
    let sign = if ascii(exif, reference)?.to_uppercase().starts_with(negative) { -1.0 } else { 1.0 };
    (!parts.is_empty() && value.is_finite()).then_some(sign * value)
}
