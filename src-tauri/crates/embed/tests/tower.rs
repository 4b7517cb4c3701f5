//! The built-in photo model against PyTorch Image Models, against stock Candle, and on pictures that are hardly any.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cairn_core::{Control, Progress, Tag};
use cairn_embed::{EmbedError, ModelError, ModelStatus, ModelStore, PhotoEncoder};
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::mobilenetv4;
use common::{built_in, cosine, distance, golden_folder, nowhere, repository, text_encoder, tiny_bert};
use image::{Rgb, RgbImage};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    largest_side: u32,
    pictures: Vec<Picture>,
}

#[derive(Deserialize)]
struct Picture {
    file: String,
    vector: Vec<f32>,
    tags: Vec<(String, f32)>,
}

fn golden() -> Golden {
    serde_json::from_str(&fs::read_to_string(golden_folder().join("tower.json")).unwrap()).unwrap()
}

fn encoder() -> PhotoEncoder {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().to_owned(), nowhere());
    store.obtain(&built_in(), &Control::new(), &Progress::default()).unwrap();
    PhotoEncoder::load(&store, &built_in(), Some(&Arc::new(text_encoder(&tiny_bert())))).unwrap()
}

fn picture(file: &str) -> RgbImage {
    image::open(golden_folder().join("pictures").join(file)).unwrap().to_rgb8()
}

#[test]
fn photo_vectors_are_those_of_the_reference() {
    let (golden, encoder) = (golden(), encoder());
    assert_eq!(encoder.input_size(), golden.largest_side);
    let pictures: Vec<RgbImage> = golden.pictures.iter().map(|expected| picture(&expected.file)).collect();
    for (seen, expected) in encoder.look_at(&pictures).unwrap().iter().zip(&golden.pictures) {
        let vector = &seen.vector;
        let cosine = cosine(vector, &expected.vector);
        println!("{}: cosine {cosine:.7}", expected.file);
        assert!(cosine >= 0.9999, "{}: {cosine}", expected.file);
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        let words: Vec<&str> = seen.tags.iter().map(|tag| tag.word.as_str()).collect();
        let expected_words: Vec<&str> = expected.tags.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, expected_words, "{}", expected.file);
        let same =
            |(tag, (_, confidence)): (&Tag, &(String, f32))| (tag.confidence - confidence).abs() < 2e-3;
        assert!(seen.tags.iter().zip(&expected.tags).all(same), "{:?}, not {:?}", seen.tags, expected.tags);
    }
    assert!(golden.pictures.iter().any(|picture| !picture.tags.is_empty()), "no tag is compared");
}

#[test]
fn a_batch_and_its_order_change_nothing() {
    let encoder = encoder();
    let pictures: Vec<RgbImage> = (0..11)
        .map(|i| RgbImage::from_fn(50, 40 + i, |x, y| Rgb([x as u8, y as u8, 20 * i as u8])))
        .collect();
    let together = encoder.embed_photos(&pictures).unwrap();
    for (picture, vector) in pictures.iter().zip(&together).rev() {
        let alone = encoder.embed_photos(std::slice::from_ref(picture)).unwrap().remove(0);
        assert!(distance(vector, &alone) < 1e-5);
    }
}

#[test]
fn extreme_pictures_have_vectors_of_length_one() {
    let flat = |width, height, colour| RgbImage::from_pixel(width, height, Rgb(colour));
    let pictures = [
        RgbImage::from_fn(20_000, 1, |x, _| Rgb([x as u8, 0, 0])),
        flat(1, 20_000, [0, 255, 0]),
        flat(1, 1, [9, 9, 9]),
        flat(300, 200, [0, 0, 0]),
        flat(300, 200, [255, 255, 255]),
    ];
    let encoder = encoder();
    for vector in encoder.embed_photos(&pictures).unwrap() {
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
    }
    let refused = encoder.embed_photos(&[RgbImage::new(0, 7)]).unwrap_err();
    assert!(matches!(refused, EmbedError::Picture { width: 0, height: 7, .. }), "{refused}");
}

#[test]
fn words_are_read_by_the_text_model() {
    let text = text_encoder(&tiny_bert());
    let words = "two dogs on a beach";
    assert_eq!(encoder().embed_query(words).unwrap(), text.embed_query(words).unwrap());
}

#[test]
fn the_program_carries_the_weights_and_replaces_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().to_owned(), nowhere());
    let entry = built_in();
    assert!(matches!(store.status(&entry), ModelStatus::Missing { .. }));
    store.unpack_built_in().unwrap();
    assert_eq!(store.status(&entry), ModelStatus::Installed);

    let weights = folder.path().join(&entry.id).join("model.safetensors");
    let mut cut = fs::read(&weights).unwrap();
    cut.truncate(cut.len() / 2);
    fs::write(&weights, cut).unwrap();
    let error = PhotoEncoder::load(&store, &entry, None).err().unwrap();
    assert!(matches!(&error, ModelError::Damaged { path, .. } if *path == weights), "{error}");
    assert!(error.to_string().contains("instead of"), "{error}");
    store.unpack_built_in().unwrap();
    assert_eq!(store.status(&entry), ModelStatus::Installed);
}

#[test]
fn without_its_text_model_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = ModelStore::with_sources(folder.path().to_owned(), nowhere());
    store.unpack_built_in().unwrap();
    let entry = cairn_embed::entry("cairn-photo-3").unwrap();
    let ModelStatus::Missing { remedy } = store.status(entry) else { panic!("it cannot read words") };
    assert!(remedy.contains("MiniLM") && remedy.contains("all-minilm-l6-v2"), "{remedy}");
}

/// Pictures a second, decoded picture to vector, beside stock Candle on the same weights in the same run:
/// `cargo test --release -p cairn-embed --test tower -- --ignored --nocapture`.
#[test]
#[ignore = "measures; asserts nothing about time"]
fn speed_beside_stock_candle() {
    let encoder = encoder();
    let side = encoder.input_size();
    let pictures: Vec<RgbImage> = (0..64)
        .map(|i| {
            RgbImage::from_fn(2 * side, 2 * side, |x, y| Rgb([(x * y) as u8, (x + i) as u8, (y ^ i) as u8]))
        })
        .collect();
    let path = repository().join("models/cairn-photo-3.safetensors");
    let weights = fs::read(path).unwrap();
    let builder = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu).unwrap();
    let stock =
        mobilenetv4::mobilenetv4_no_final_layer(&mobilenetv4::Config::small(), builder.pp("backbone"))
            .unwrap();
    let pixels = Tensor::zeros((8, 3, side as usize, side as usize), DType::F32, &Device::Cpu).unwrap();
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let begun = Instant::now();
        encoder.embed_photos(&pictures).unwrap();
        ours = ours.min(begun.elapsed() / 64);
        let begun = Instant::now();
        stock.forward(&pixels).unwrap();
        theirs = theirs.min(begun.elapsed() / 8);
    }
    println!(
        "{:.0} pictures/s, stock Candle {:.0} (without scaling the pictures): {:.1} times as many",
        1.0 / ours.as_secs_f64(),
        1.0 / theirs.as_secs_f64(),
        theirs.as_secs_f64() / ours.as_secs_f64()
    );
}
