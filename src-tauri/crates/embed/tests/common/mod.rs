//! The tiny models with random weights and what the reference implementation makes of them.
#![allow(dead_code, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use cairn_embed::{
    Architecture, ModelEntry, ModelFile, ModelStore, Pooling, Relevance, Role, Sources, TextEncoder,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

#[derive(Deserialize)]
pub struct Golden {
    pub bert: Bert,
    pub clip: Clip,
}

#[derive(Deserialize)]
pub struct Bert {
    pub max_tokens: usize,
    pub dims: usize,
    pub texts: Vec<Text>,
}

#[derive(Deserialize)]
pub struct Text {
    pub text: String,
    pub mean: Vec<f32>,
    pub cls: Vec<f32>,
    /// Mean pooled, standardised.
    #[serde(default)]
    pub standardised: Vec<f32>,
    #[serde(default)]
    pub spans: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
pub struct Clip {
    pub max_tokens: usize,
    pub dims: usize,
    pub queries: Vec<Query>,
    pub pictures: Vec<Picture>,
}

#[derive(Deserialize)]
pub struct Query {
    pub text: String,
    pub vector: Vec<f32>,
}

#[derive(Deserialize)]
pub struct Picture {
    pub file: String,
    pub vector: Vec<f32>,
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().to_owned()
}

pub fn golden_folder() -> PathBuf {
    repository().join("tests/golden")
}

pub fn golden() -> Golden {
    serde_json::from_str(&fs::read_to_string(golden_folder().join("tiny.json")).unwrap()).unwrap()
}

/// The tiny text model, with the hashes of its files.
pub fn tiny_bert() -> ModelEntry {
    let golden = golden().bert;
    entry("tiny-bert", Role::Text, Architecture::Bert, Pooling::Mean, golden.max_tokens, golden.dims)
}

/// The further text encoders, with what the reference makes of them.
pub fn families() -> Vec<(ModelEntry, Bert)> {
    let text = fs::read_to_string(golden_folder().join("families.json")).unwrap();
    let mut golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    [("xlm-r", Architecture::XlmRoberta), ("nomic", Architecture::NomicBert)]
        .into_iter()
        .map(|(name, architecture)| {
            let golden: Bert = serde_json::from_value(golden[name].take()).unwrap();
            let id = format!("tiny-{name}");
            let entry = entry(&id, Role::Text, architecture, Pooling::Mean, golden.max_tokens, golden.dims);
            (entry, golden)
        })
        .collect()
}

/// The tiny photo model, with the hashes of its files.
pub fn tiny_clip() -> ModelEntry {
    let golden = golden().clip;
    entry("tiny-clip", Role::Photo, Architecture::Clip, Pooling::Projection, golden.max_tokens, golden.dims)
}

fn entry(
    id: &str,
    role: Role,
    architecture: Architecture,
    pooling: Pooling,
    max_tokens: usize,
    dims: usize,
) -> ModelEntry {
    let files = FILES.map(|name| {
        let bytes = fs::read(golden_folder().join(id).join(name)).unwrap();
        ModelFile {
            name: name.to_owned(),
            size: Some(bytes.len() as u64),
            sha256: Some(sha256(&bytes)),
            pickled_as: None,
        }
    });
    ModelEntry {
        id: id.to_owned(),
        name: id.to_owned(),
        card: String::new(),
        role,
        architecture,
        repo: format!("cairn/{id}"),
        revision: Some("0123456789012345678901234567890123456789".to_owned()),
        files: files.to_vec(),
        hashes_from: String::new(),
        pooling,
        standardised: false,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens,
        dims,
        matryoshka: Vec::new(),
        languages: Vec::new(),
        licence: "MIT".to_owned(),
        relevance: Relevance { floor: 0.0, likely: 0.0, very_likely: 0.0, source: String::new() },
        text_model: None,
        side: 0,
        mirror_side: None,
        wheel: None,
    }
}

/// The built-in photo model, reading words with the tiny text model.
pub fn built_in() -> ModelEntry {
    let mut entry = cairn_embed::entry("cairn-photo-3").unwrap().clone();
    entry.text_model = Some(tiny_bert().id);
    entry
}

/// The same entry as if sizes and hashes were not known.
pub fn unhashed(mut entry: ModelEntry) -> ModelEntry {
    for file in &mut entry.files {
        (file.size, file.sha256) = (None, None);
    }
    entry
}

/// No way out: no cache, no network, no pip.
pub fn nowhere() -> Sources {
    Sources { hub_endpoint: None, hub_cache: None, hub_token: None, offline: true, pip: None }
}

/// A store that holds a model as it lies in the folder of golden files.
pub fn store_with(entry: &ModelEntry) -> (tempfile::TempDir, ModelStore) {
    let folder = tempfile::tempdir().unwrap();
    copy_model(&entry.id, &folder.path().join(&entry.id));
    let store = ModelStore::with_sources(folder.path().to_owned(), nowhere());
    (folder, store)
}

pub fn copy_model(id: &str, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in FILES {
        fs::copy(golden_folder().join(id).join(name), to.join(name)).unwrap();
    }
}

pub fn text_encoder(entry: &ModelEntry) -> TextEncoder {
    let (_folder, store) = store_with(entry);
    TextEncoder::load(&store, entry).unwrap()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The largest difference between two vectors' components.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// The cosine in double precision, since the last digits count.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
