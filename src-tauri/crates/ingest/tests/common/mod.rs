//! What the tests of this crate share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cairn_ingest::{Document, Extracted, Request, extract};

pub const WORKER: &str = env!("CARGO_BIN_EXE_cairn-extract-worker");

/// A fixture of ours.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/ingest").join(name)
}

/// A folder of the test data that lies beside the repository, or `None` (and a word about it) where it is absent.
pub fn data(folder: &str) -> Option<PathBuf> {
    let given = std::env::var_os("CAIRN_DATA").map(PathBuf::from);
    let beside = || {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().map(|dir| dir.join("../shared/data")).find(|dir| dir.is_dir())
    };
    let found = given.or_else(beside).map(|data| data.join(folder)).filter(|dir| dir.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: no test data {folder} (set CAIRN_DATA)");
    }
    found
}

/// Every file below a folder, in order, also those that a walk leaves out.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => open.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// What a folder holds: anything that a write would change.
pub fn state(dir: &Path) -> BTreeMap<PathBuf, (u64, SystemTime, blake3::Hash)> {
    let state = |path: PathBuf| {
        let metadata = fs::metadata(&path).unwrap();
        let hash = blake3::hash(&fs::read(&path).unwrap());
        (path, (metadata.len(), metadata.modified().unwrap(), hash))
    };
    files(dir).into_iter().map(state).collect()
}

pub fn document(path: &Path) -> Document {
    match extract(path, &Request::default()) {
        Ok(Extracted::Document(document)) => document,
        other => panic!("{}: {other:?}", path.display()),
    }
}

/// A JPEG whose four quarters are told apart by colour: red, green / blue, white (as rows).
pub fn quarters(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => image::Rgb([255, 0, 0]),
        (false, true) => image::Rgb([0, 255, 0]),
        (true, false) => image::Rgb([0, 0, 255]),
        (false, false) => image::Rgb([255, 255, 255]),
    })
}

pub fn jpeg(picture: &image::RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture).unwrap();
    bytes
}

/// The JPEG with an EXIF segment of these fields: (tag, type, count, value or bytes).
pub fn with_exif(jpeg: &[u8], main: &[Field], gps: &[Field], sub: &[Field]) -> Vec<u8> {
    let mut main = main.to_vec();
    main.push((0x8769, 4, 1, Vec::new()));
    main.push((0x8825, 4, 1, Vec::new()));
    main.sort();
    let size = |fields: &[Field]| 6 + fields.len() * 12 + fields.iter().map(|f| f.3.len()).sum::<usize>();
    let sub_at = 8 + size(&main) + 8;
    let gps_at = sub_at + size(sub);
    for field in &mut main {
        match field.0 {
            0x8769 => field.3 = (sub_at as u32).to_le_bytes().to_vec(),
            0x8825 => field.3 = (gps_at as u32).to_le_bytes().to_vec(),
            _ => {}
        }
    }
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    for (fields, at) in [(&main[..], 8), (sub, sub_at), (gps, gps_at)] {
        assert!(tiff.len() <= at);
        tiff.resize(at, 0);
        let mut values = at + 6 + fields.len() * 12;
        let mut tail: Vec<u8> = Vec::new();
        tiff.extend((fields.len() as u16).to_le_bytes());
        for (tag, kind, count, bytes) in fields {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(kind.to_le_bytes());
            tiff.extend(count.to_le_bytes());
            if bytes.len() <= 4 {
                let mut inline = bytes.clone();
                inline.resize(4, 0);
                tiff.extend(inline);
            } else {
                tiff.extend((values as u32).to_le_bytes());
                tail.extend(bytes);
                values += bytes.len();
            }
        }
        tiff.extend([0; 4]);
        tiff.extend(tail);
    }
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, 0xE1]);
    out.extend((tiff.len() as u16 + 8).to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out.extend(&jpeg[2..]);
    out
}

pub type Field = (u16, u16, u32, Vec<u8>);

pub fn ascii(tag: u16, text: &str) -> Field {
    (tag, 2, text.len() as u32 + 1, format!("{text}\0").into_bytes())
}

pub fn short(tag: u16, value: u16) -> Field {
    (tag, 3, 1, value.to_le_bytes().to_vec())
}

pub fn rationals(tag: u16, values: &[(u32, u32)]) -> Field {
    let bytes = values.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
    (tag, 5, values.len() as u32, bytes)
}
