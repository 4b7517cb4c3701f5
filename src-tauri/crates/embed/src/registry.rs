//! The models Cairn knows, as data: `models/registry.json`, compiled in.

use std::path::{Component, Path};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::error::ModelError;

const BUILT_IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/registry.json"));

/// Names one more registry file, for a model of one's own. Its entries come after the built-in ones; an entry
/// with the id of a built-in one replaces it.
const EXTRA_REGISTRY: &str = "CAIRN_MODELS_REGISTRY";

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Embeds passages and the queries for them.
    Text,
    /// Embeds photos and the queries for them, in one space.
    Photo,
    /// Says how well a passage answers a query, reading both together. Makes no vectors.
    Reranker,
}

/// The layout of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// A BERT encoder.
    Bert,
    /// An XLM-R encoder: BERT with positions that begin behind that of padding.
    XlmRoberta,
    /// Nomic's BERT: rotary positions, a gated feed-forward part.
    NomicBert,
    /// A CLIP pair of towers: a vision transformer and a causal text transformer.
    Clip,
    /// A MobileNetV4 image tower in the space of a text model.
    MobileNetV4,
}

/// How one vector is made of the outputs for all tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The output of the first token.
    Cls,
    /// The mean over all tokens, padding left out.
    Mean,
    /// The model's own projection head (CLIP).
    Projection,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Its name in the repository and in the store; never a path.
    pub name: String,
    /// Bytes, where known for certain.
    pub size: Option<u64>,
    /// SHA-256 as 64 lower-case hexadecimal digits, where known for certain.
    pub sha256: Option<String>,
    /// Its name in the repository where it is to be had in PyTorch's format alone: it is rewritten before it is kept, and size
    /// and SHA-256 are those of the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickled_as: Option<String>,
}

impl ModelFile {
    /// Its name where it comes from.
    pub(crate) fn source_name(&self) -> &str {
        self.pickled_as.as_deref().unwrap_or(&self.name)
    }

    /// What is known of the file as it is kept.
    pub(crate) fn as_kept(&self) -> ModelFile {
        match self.pickled_as {
            Some(_) => ModelFile { size: None, sha256: None, ..self.clone() },
            None => self.clone(),
        }
    }
}

/// Cosines between a query and an item at which a person would call the item related.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relevance {
    /// Below it an item is noise.
    pub floor: f32,
    /// From it on an item is likely to be meant.
    pub likely: f32,
    /// From it on an item is very likely to be meant.
    pub very_likely: f32,
    /// How the three were found.
    pub source: String,
}

/// A Python package whose wheel carries the model's files, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wheel {
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The folder inside the wheel, with a slash at its end.
    pub prefix: String,
}

/// One model. Plain data, so a test or a person may write one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// The name Cairn stores beside every vector, and the name of the model's folder in the store.
    pub id: String,
    /// The name a person reads.
    pub name: String,
    /// What it is good and bad at, in one sentence for the person.
    #[serde(default)]
    pub card: String,
    /// What it is for.
    pub role: Role,
    /// How its weights are laid out.
    pub architecture: Architecture,
    /// Owner and name on the hub.
    pub repo: String,
    /// Pinned commit (or branch); `None`: the main branch.
    #[serde(default)]
    pub revision: Option<String>,
    /// `config.json`, `tokenizer.json` and `model.safetensors`; of a MobileNetV4 tower the last alone.
    pub files: Vec<ModelFile>,
    /// How sizes and hashes were found.
    #[serde(default)]
    pub hashes_from: String,
    /// How a vector is made of token outputs.
    pub pooling: Pooling,
    /// Whether the pooled vector is brought to mean 0 and deviation 1 before anything is cut from it.
    #[serde(default)]
    pub standardised: bool,
    /// Put before every query.
    #[serde(default)]
    pub query_prefix: String,
    /// Put before every passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// Longest input in tokens, the two special ones included; more is cut off.
    pub max_tokens: usize,
    /// Components of a vector.
    pub dims: usize,
    /// The lengths a Matryoshka-trained model may be cut to; empty for others.
    #[serde(default)]
    pub matryoshka: Vec<usize>,
    /// Languages it was trained for, as two-letter codes.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Licence of the weights (SPDX).
    pub licence: String,
    /// Lines of relevance.
    pub relevance: Relevance,
    /// The text model in whose space the pictures are put and which reads the words, for a model without a text side of
    /// its own.
    #[serde(default)]
    pub text_model: Option<String>,
    /// Side of the square pictures that the model sees, in pixels, where no `config.json` says it.
    #[serde(default)]
    pub side: u32,
    /// Side of the mirror image that the model sees beside each picture, where it is another.
    #[serde(default)]
    pub mirror_side: Option<u32>,
    /// A package that carries the same files.
    #[serde(default)]
    pub wheel: Option<Wheel>,
}

impl ModelEntry {
    /// Bytes of all files, as far as known.
    pub fn bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.size).sum()
    }
}

#[derive(Deserialize)]
struct Document {
    models: Vec<ModelEntry>,
}

/// All models, in order of preference within a role.
///
/// Read once: the built-in registry and the file that `CAIRN_MODELS_REGISTRY` names, if any. A file that is not
/// valid is reported in the log and left out.
pub fn registry() -> &'static [ModelEntry] {
    static REGISTRY: LazyLock<Vec<ModelEntry>> = LazyLock::new(|| {
        let extra = std::env::var_os(EXTRA_REGISTRY).filter(|path| !path.is_empty());
        read_registry(extra.as_deref().map(Path::new)).unwrap_or_else(|error| {
            tracing::error!("{error}");
            read_registry(None).unwrap_or_default()
        })
    });
    &REGISTRY
}

/// The model with this id.
pub fn entry(id: &str) -> Option<&'static ModelEntry> {
    registry().iter().find(|entry| entry.id == id)
}

/// The built-in models followed by those of `extra`, a file of the same form as `models/registry.json`.
///
/// # Errors
/// [`ModelError::Registry`] when a file cannot be read, is not of that form, or names a file outside its folder.
pub fn read_registry(extra: Option<&Path>) -> Result<Vec<ModelEntry>, ModelError> {
    let mut models = parse(BUILT_IN, "of the program")?;
    if let Some(path) = extra {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ModelError::Registry { origin: origin.clone(), reason: error.to_string() })?;
        let own = parse(&text, &origin)?;
        models.retain(|model| own.iter().all(|mine| mine.id != model.id));
        models.extend(own);
    }
    Ok(models)
}

fn parse(text: &str, origin: &str) -> Result<Vec<ModelEntry>, ModelError> {
    let refuse = |reason: String| ModelError::Registry { origin: origin.to_owned(), reason };
    let document: Document = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    for model in &document.models {
        check(model).map_err(|reason| refuse(format!("model {:?}: {reason}", model.id)))?;
    }
    Ok(document.models)
}

/// Ids and file names become paths, so they must stay inside the store.
fn check(model: &ModelEntry) -> Result<(), String> {
    if !is_file_name(&model.id) {
        return Err("its id is not a plain name".to_owned());
    }
    let needed: &[&str] = match model.architecture {
        Architecture::MobileNetV4 => &["model.safetensors"],
        Architecture::Bert | Architecture::XlmRoberta | Architecture::NomicBert | Architecture::Clip => {
            &["config.json", "tokenizer.json", "model.safetensors"]
        }
    };
    for needed in needed {
        if model.files.iter().all(|file| file.name != *needed) {
            return Err(format!("it names no {needed}"));
        }
    }
    for file in &model.files {
        if !is_file_name(&file.name) || !is_file_name(file.source_name()) {
            return Err(format!("{:?} is not a plain file name", file.name));
        }
        if file.sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
            return Err(format!("the sha256 of {} is not 64 lower-case hexadecimal digits", file.name));
        }
    }
    Ok(())
}

fn is_file_name(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let mut components = Path::new(name).components();
    plain && matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
}

pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
