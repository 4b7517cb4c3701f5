//! The times of a photo model, for `tests/bench/photos.py`, which `cargo xtask bench photos` calls. Answers each line of its
//! input with one line.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use cairn_embed::{ModelStore, PhotoEncoder, Precision};
use image::RgbImage;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, registry, id] = words.as_slice() else {
        return Err("measure_photos STORE REGISTRY.json MODEL".into());
    };
    let store = ModelStore::new(PathBuf::from(store));
    let models = cairn_embed::read_registry(Some(Path::new(registry)))?;
    let entry = models.iter().find(|entry| entry.id == *id).ok_or("the registry has no such model")?;
    let load = |precision| PhotoEncoder::load_with(&store, entry, None, precision);
    let (exact, fast) = (load(Precision::F32)?, load(Precision::Int8)?);
    let encoder = |kind: &str| if kind == "int8" { &fast } else { &exact };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["time", kind, count] => {
                let pictures = pictures(count.parse()?, exact.input_size());
                let start = Instant::now();
                encoder(kind).embed_photos(&pictures)?;
                start.elapsed().as_secs_f64().to_string()
            }
            ["vectors", kind, out, files @ ..] => {
                let pictures: Vec<RgbImage> =
                    files.iter().map(|file| Ok(image::open(file)?.to_rgb8())).collect::<Result<_>>()?;
                let bytes = encoder(kind).embed_photos(&pictures)?.concat();
                std::fs::write(out, bytes.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
                "done".to_owned()
            }
            _ => return Err(format!("what is {line:?}?").into()),
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Pictures of the size that the model takes, so that hardly more than the encoder is measured.
fn pictures(count: u32, side: u32) -> Vec<RgbImage> {
    let picture = |n: u32| {
        RgbImage::from_fn(side, side, |x, y| image::Rgb([(x + n) as u8, (y * n) as u8, (x ^ y) as u8]))
    };
    (0..count).map(picture).collect()
}
