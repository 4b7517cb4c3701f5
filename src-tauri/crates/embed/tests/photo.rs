//! The photo encoder against the reference implementation, and against itself.
#![allow(clippy::unwrap_used)]

mod common;

use cairn_embed::{EmbedError, PhotoEncoder, Precision};
use common::{cosine, distance, golden, golden_folder, store_with, tiny_clip};
use image::RgbImage;

fn encoder() -> PhotoEncoder {
    let entry = tiny_clip();
    let (_folder, store) = store_with(&entry);
    PhotoEncoder::load(&store, &entry, None).unwrap()
}

fn picture(file: &str) -> RgbImage {
    image::open(golden_folder().join("pictures").join(file)).unwrap().to_rgb8()
}

#[test]
fn photo_vectors_are_those_of_the_reference() {
    let golden = golden().clip;
    let encoder = encoder();
    assert_eq!((encoder.dims(), encoder.input_size()), (golden.dims, 224));
    let pictures: Vec<RgbImage> = golden.pictures.iter().map(|expected| picture(&expected.file)).collect();
    for (vector, expected) in encoder.embed_photos(&pictures).unwrap().iter().zip(&golden.pictures) {
        let cosine = cosine(vector, &expected.vector);
        println!("{}: cosine {cosine:.7}", expected.file);
        let least = if expected.file.ends_with(".jpg") { 0.9995 } else { 0.9999 };
        assert!(cosine >= least, "{}: {cosine}", expected.file);
    }
}

#[test]
fn query_vectors_are_those_of_the_reference() {
    let encoder = encoder();
    for query in golden().clip.queries {
        let vector = encoder.embed_query(&query.text).unwrap();
        assert!(cosine(&vector, &query.vector) >= 0.99999, "{:?}", query.text);
        assert!(distance(&vector, &query.vector) < 1e-4, "{:?}", query.text);
    }
}

#[test]
fn in_eight_bits_photos_and_queries_keep_their_places() {
    let entry = tiny_clip();
    let (_folder, store) = store_with(&entry);
    let fast = PhotoEncoder::load_with(&store, &entry, None, Precision::Int8).unwrap();
    let golden = golden().clip;
    let pictures: Vec<RgbImage> = golden.pictures.iter().map(|expected| picture(&expected.file)).collect();
    for (vector, expected) in fast.embed_photos(&pictures).unwrap().iter().zip(&golden.pictures) {
        let cosine = cosine(vector, &expected.vector);
        println!("{}: cosine {cosine:.6}", expected.file);
        assert!(cosine >= 0.99, "{}: {cosine}", expected.file);
    }
    for query in golden.queries {
        assert!(cosine(&fast.embed_query(&query.text).unwrap(), &query.vector) >= 0.99, "{:?}", query.text);
    }
}

#[test]
fn a_batch_and_its_order_change_nothing() {
    let encoder = encoder();
    let mut pictures: Vec<RgbImage> = ["wide.png", "tall.png", "small.png"].map(picture).to_vec();
    pictures.extend(
        (0..9).map(|i| RgbImage::from_fn(50, 40 + i, |x, y| image::Rgb([x as u8, y as u8, i as u8]))),
    );
    let together = encoder.embed_photos(&pictures).unwrap();
    pictures.reverse();
    let mut turned = encoder.embed_photos(&pictures).unwrap();
    turned.reverse();
    pictures.reverse();
    for ((picture, vector), other) in pictures.iter().zip(&together).zip(&turned) {
        let alone = encoder.embed_photos(std::slice::from_ref(picture)).unwrap().remove(0);
        assert!(distance(vector, &alone) < 1e-5);
        assert!(distance(vector, other) < 1e-5);
    }
}

#[test]
fn extreme_shapes_are_embedded_and_nothing_is_refused() {
    let encoder = encoder();
    let strip = RgbImage::from_fn(20_000, 1, |x, _| image::Rgb([x as u8, 0, 0]));
    let dot = RgbImage::from_pixel(1, 1, image::Rgb([9, 9, 9]));
    assert_eq!(encoder.embed_photos(&[strip, dot]).unwrap().len(), 2);
    let refused = encoder.embed_photos(&[RgbImage::new(0, 7)]).unwrap_err();
    assert!(matches!(refused, EmbedError::Picture { width: 0, height: 7, .. }), "{refused}");
}
