//! Which models are at work, and getting others.

use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use cairn_core::{Class, Control, Space};
use cairn_embed::{
    ModelEntry, ModelError, ModelStatus, ModelStore, PhotoEncoder, Precision, Relevance, Reranker, Role,
    TextEncoder, TokenCounter,
};
use serde::Serialize;

use crate::api::{JobKind, ModelView};
use crate::device::{language_warning, precision};
use crate::encoder::{Encoder, Lane};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::space::{Shape, VectorSpace};

/// The text model at work.
pub(crate) struct TextModel {
    pub entry: &'static ModelEntry,
    pub encoder: Encoder<Arc<TextEncoder>>,
    /// The encoder itself, for a photo model that reads words with it.
    pub shared: Arc<TextEncoder>,
    pub tokens: TokenCounter,
    pub space: Arc<VectorSpace>,
    pub(crate) calibrated: RwLock<Option<Relevance>>,
}

/// The photo model at work.
pub(crate) struct PhotoModel {
    pub entry: &'static ModelEntry,
    pub encoder: Encoder<PhotoEncoder>,
    pub space: Arc<VectorSpace>,
    /// Side of the square picture that the encoder takes, in pixels.
    pub input_side: u32,
    /// Vectors of [`PHOTO_WORDS`], once they were needed.
    words: OnceLock<Vec<f32>>,
    pub(crate) calibrated: RwLock<Option<Relevance>>,
}

/// The model that reads the best passages again.
pub(crate) struct RerankModel {
    pub entry: &'static ModelEntry,
    pub encoder: Encoder<Reranker>,
}

impl RerankModel {
    fn load(inner: &Inner, entry: &'static ModelEntry) -> Result<RerankModel, EngineError> {
        let precision = precision(inner.store.settings()?.computing);
        Ok(RerankModel { entry, encoder: Encoder::new(Reranker::load(&inner.models, entry, precision)?) })
    }
}

/// More languages than these are counted, not named.
const MANY_LANGUAGES: usize = 6;

/// Words that groups of photos are named by, a line each.
const PHOTO_WORDS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/photo-words.txt"));

/// The words that groups of photos are named by.
pub(crate) fn photo_words() -> Vec<&'static str> {
    PHOTO_WORDS.lines().collect()
}

/// What a full check of an installed model found.
#[derive(Debug, Clone, Serialize)]
pub struct VerifiedModel {
    /// Registry id.
    pub id: String,
    /// What is wrong, or nothing.
    pub problem: Option<String>,
}

impl TextModel {
    fn load(inner: &Inner, entry: &'static ModelEntry) -> Result<TextModel, EngineError> {
        let precision = precision(inner.store.settings()?.computing);
        let shared = Arc::new(TextEncoder::load_with(&inner.models, entry, precision)?);
        let tokens = shared.tokenizer();
        Ok(TextModel {
            entry,
            encoder: Encoder::new(shared.clone()),
            shared,
            tokens,
            space: open_space(inner, Space::Text, entry)?,
            calibrated: RwLock::new(inner.calibrated(Space::Text, entry)?),
        })
    }

    /// The lines of relevance: those found on this library, or else those of the registry.
    pub(crate) fn lines(&self) -> Relevance {
        lines(&self.calibrated, self.entry)
    }
}

impl PhotoModel {
    pub(crate) fn load(inner: &Inner, entry: &'static ModelEntry) -> Result<PhotoModel, EngineError> {
        let text = inner.text_model();
        let precision = precision(inner.store.settings()?.computing);
        let shared = text.as_ref().map(|model| &model.shared);
        let encoder = PhotoEncoder::load_with(&inner.models, entry, shared, precision)?;
        let input_side = encoder.input_size();
        Ok(PhotoModel {
            entry,
            encoder: Encoder::new(encoder),
            space: open_space(inner, Space::Photo, entry)?,
            input_side,
            words: OnceLock::new(),
            calibrated: RwLock::new(inner.calibrated(Space::Photo, entry)?),
        })
    }

    /// As [`TextModel::lines`].
    pub(crate) fn lines(&self) -> Relevance {
        lines(&self.calibrated, self.entry)
    }

    /// Whether it reads words with this text model, in whose space its photos then lie.
    pub(crate) fn reads_with(&self, text_model: &str) -> bool {
        self.entry.text_model.as_deref() == Some(text_model)
    }

    /// The vectors of [`photo_words`], one after another.
    pub(crate) fn word_vectors(&self) -> Result<&[f32], EngineError> {
        if let Some(vectors) = self.words.get() {
            return Ok(vectors);
        }
        let mut vectors = Vec::new();
        for word in photo_words() {
            let sentence = format!("a photo of {word}");
            vectors.extend(self.encoder.run(Lane::Bulk, |encoder| encoder.embed_query(&sentence))??);
        }
        Ok(self.words.get_or_init(|| vectors))
    }
}

fn lines(calibrated: &RwLock<Option<Relevance>>, entry: &ModelEntry) -> Relevance {
    let calibrated = calibrated.read().unwrap_or_else(PoisonError::into_inner);
    calibrated.as_ref().unwrap_or(&entry.relevance).clone()
}

fn open_space(
    inner: &Inner,
    space: Space,
    entry: &'static ModelEntry,
) -> Result<Arc<VectorSpace>, EngineError> {
    let shape = Shape::of(inner.store.settings()?.form(space).now, entry);
    Ok(Arc::new(VectorSpace::open(&inner.store, space, entry, &inner.folders.indexes(), shape)?))
}

/// The model that a person chose, if it is installed, or else the first installed one of the registry's order.
fn choose(models: &ModelStore, role: Role, chosen: Option<&str>) -> Option<&'static ModelEntry> {
    let installed =
        |entry: &&ModelEntry| entry.role == role && matches!(models.status(entry), ModelStatus::Installed);
    let registry = cairn_embed::registry();
    registry
        .iter()
        .find(|entry| Some(entry.id.as_str()) == chosen && installed(entry))
        .or_else(|| registry.iter().find(installed))
}

impl Inner {
    /// Puts the chosen (or first installed) models to work. A model that does not load is reported and left out:
    /// the library opens without it.
    pub(crate) fn activate_models(&self) -> Result<(), EngineError> {
        let settings = self.store.settings()?;
        let text = choose(&self.models, Role::Text, settings.text_model.as_deref());
        if text.map(|entry| &entry.id) != self.text_model().map(|model| model.entry.id.clone()).as_ref() {
            self.set_text_model(loaded(text, |entry| TextModel::load(self, entry)));
        }
        let reranker = choose(&self.models, Role::Reranker, None);
        if reranker.map(|entry| &entry.id) != self.reranker().map(|model| model.entry.id.clone()).as_ref() {
            self.set_reranker(loaded(reranker, |entry| RerankModel::load(self, entry)));
        }
        self.activate_photo_model(choose(&self.models, Role::Photo, settings.photo_model.as_deref()))
    }

    /// Loads the models at work again, as the settings have it now.
    pub(crate) fn reload_models(&self) -> Result<(), EngineError> {
        if let Some(text) = self.text_model() {
            self.set_text_model(loaded(Some(text.entry), |entry| TextModel::load(self, entry)));
        }
        if let Some(reranker) = self.reranker() {
            self.set_reranker(loaded(Some(reranker.entry), |entry| RerankModel::load(self, entry)));
        }
        // A photo model may read words with the text model.
        if let Some(photo) = self.photo_model() {
            self.set_photo_model(loaded(Some(photo.entry), |entry| PhotoModel::load(self, entry)));
        }
        if let Some(next) = self.next_photo_model() {
            self.set_next_photo_model(loaded(Some(next.entry), |entry| PhotoModel::load(self, entry)));
        }
        Ok(())
    }

    /// Puts a photo model to work. Where it has not seen all photos yet and another one knows more of them, that one
    /// answers until then.
    fn activate_photo_model(&self, chosen: Option<&'static ModelEntry>) -> Result<(), EngineError> {
        let load = |entry| loaded(entry, |entry| PhotoModel::load(self, entry));
        let at_work = self.photo_model();
        if at_work.as_ref().map(|model| &model.entry.id) == chosen.map(|entry| &entry.id) {
            self.set_next_photo_model(None);
            return Ok(());
        }
        let meanwhile = chosen.map(|entry| self.photo_model_that_knows_more(entry)).transpose()?.flatten();
        let Some(meanwhile) = meanwhile else {
            self.set_photo_model(load(chosen));
            self.set_next_photo_model(None);
            return Ok(());
        };
        if at_work.is_none_or(|model| model.entry.id != meanwhile.id) {
            self.set_photo_model(load(Some(meanwhile)));
        }
        if self.next_photo_model().map(|model| &model.entry.id) != chosen.map(|entry| &entry.id) {
            self.set_next_photo_model(load(chosen));
        }
        Ok(())
    }

    /// Another installed photo model that has seen more photos than this one, which still lacks some.
    fn photo_model_that_knows_more(
        &self,
        than: &ModelEntry,
    ) -> Result<Option<&'static ModelEntry>, EngineError> {
        if self.store.waiting_count(Space::Photo, &than.id)? == 0 {
            return Ok(None);
        }
        let mut most = (None, self.store.vector_count(Space::Photo, &than.id)?);
        for entry in cairn_embed::registry().iter().filter(|entry| entry.role == Role::Photo) {
            let seen = self.store.vector_count(Space::Photo, &entry.id)?;
            if seen > most.1 && matches!(self.models.status(entry), ModelStatus::Installed) {
                most = (Some(entry), seen);
            }
        }
        Ok(most.0)
    }

    /// The photo model that has now seen every photo takes over.
    pub(crate) fn promote_photo_model(self: &Arc<Self>) -> Result<(), EngineError> {
        if let Some(next) = self.next_photo_model() {
            self.set_photo_model(Some(next));
            self.set_next_photo_model(None);
            self.build_missing_indexes()?;
        }
        Ok(())
    }

    pub(crate) fn model_views(&self) -> Vec<ModelView> {
        let active = [
            self.text_model().map(|model| model.entry.id.clone()),
            self.photo_model().map(|model| model.entry.id.clone()),
            self.reranker().map(|model| model.entry.id.clone()),
        ];
        let next = self.next_photo_model().map(|model| model.entry.id.clone());
        let languages = self.library_languages();
        cairn_embed::registry()
            .iter()
            .map(|entry| {
                let (installed, remedy) = match self.models.status(entry) {
                    ModelStatus::Installed => (true, String::new()),
                    ModelStatus::Missing { remedy } if entry.text_model.is_some() => (false, remedy),
                    ModelStatus::Missing { .. } => (false, String::new()),
                    ModelStatus::Damaged { reason, remedy, .. } => (false, format!("{reason}. {remedy}")),
                };
                let active = active.iter().flatten().any(|id| *id == entry.id);
                let learning = next.as_ref() == Some(&entry.id);
                ModelView {
                    id: entry.id.clone(),
                    name: entry.name.clone(),
                    card: entry.card.clone(),
                    repo: entry.repo.clone(),
                    role: match entry.role {
                        Role::Text => "text".into(),
                        Role::Photo => "photo".into(),
                        Role::Reranker => "reranker".into(),
                    },
                    dims: entry.dims,
                    matryoshka: !entry.matryoshka.is_empty(),
                    languages: languages_in_words(&entry.languages),
                    licence: entry.licence.clone(),
                    bytes: entry.bytes(),
                    installed,
                    active,
                    learning,
                    removable: installed
                        && (!active || entry.role == Role::Reranker)
                        && !learning
                        && !ModelStore::is_built_in(entry),
                    warning: language_warning(entry, &languages),
                    speed: self.speed(entry),
                    remedy,
                }
            })
            .collect()
    }

    pub(crate) fn verify_models(&self) -> Vec<VerifiedModel> {
        cairn_embed::registry()
            .iter()
            .filter(|entry| !matches!(self.models.status(entry), ModelStatus::Missing { .. }))
            .map(|entry| VerifiedModel { id: entry.id.clone(), problem: self.problem_of(entry) })
            .collect()
    }

    fn problem_of(&self, entry: &ModelEntry) -> Option<String> {
        match self.models.verify(entry, &Control::new()) {
            Ok(ModelStatus::Installed) => None,
            Ok(ModelStatus::Missing { remedy }) => Some(remedy),
            Ok(ModelStatus::Damaged { file, reason, .. }) => Some(format!("{file}: {reason}")),
            Err(error) => Some(error.to_string()),
        }
    }

    /// What is wrong with a model's files; `None`: every one is whole.
    pub(crate) fn verify_model(&self, id: &str) -> Result<Option<String>, EngineError> {
        Ok(self.problem_of(known(id)?))
    }

    /// Removes the files of a model that is not at work. Its vectors stay in the library.
    pub(crate) fn remove_model(&self, id: &str) -> Result<(), EngineError> {
        let entry = known(id)?;
        let at_work = self.text_model().is_some_and(|model| model.entry.id == id)
            || self.photo_models().any(|model| model.entry.id == id);
        if at_work {
            return Err(EngineError::user(format!("{} is at work. Use another model first.", entry.name)));
        }
        // A photo model that reads words with it would be of no use any more.
        let reader = self.photo_models().find(|model| model.entry.text_model.as_deref() == Some(id));
        if let Some(reader) = reader {
            return Err(EngineError::user(format!(
                "{} reads what you type about photos for {}. Use another photo model first.",
                entry.name, reader.entry.name
            )));
        }
        if ModelStore::is_built_in(entry) {
            return Err(EngineError::user(format!("{} is part of Cairn.", entry.name)));
        }
        if self.reranker().is_some_and(|model| model.entry.id == id) {
            self.set_reranker(None);
        }
        self.models.uninstall(entry)?;
        self.changed();
        Ok(())
    }

    /// Queues getting a model from wherever it can be had.
    pub(crate) fn get_model(self: &Arc<Self>, id: &str) -> Result<(), EngineError> {
        let entry = known(id)?;
        self.submit(JobKind::Download, format!("Getting {}", entry.name), "bytes", move |inner, job| {
            inner.models.obtain(entry, &job.control, &job.progress)?;
            inner.adopt_new_model()
        })
    }

    /// Queues taking a model from a folder, or from a zip archive.
    pub(crate) fn import_model(self: &Arc<Self>, id: &str, from: &Path) -> Result<(), EngineError> {
        let entry = known(id)?;
        let from = from.to_owned();
        self.submit(JobKind::Download, format!("Importing {}", entry.name), "bytes", move |inner, job| {
            if from.is_file() {
                inner.models.import_zip(entry, &from, &job.control)?;
            } else {
                inner.models.import(entry, &from, &job.control)?;
            }
            inner.adopt_new_model()
        })
    }

    /// Puts an installed model to work. Vectors of the model before stay in the library, so going back is quick.
    pub(crate) fn use_model(self: &Arc<Self>, id: &str) -> Result<(), EngineError> {
        let entry = known(id)?;
        if !matches!(self.models.status(entry), ModelStatus::Installed) {
            return Err(EngineError::model_missing(format!(
                "The model {} is not installed. Get it first.",
                entry.name
            )));
        }
        let mut settings = self.store.settings()?;
        match entry.role {
            Role::Text => settings.text_model = Some(entry.id.clone()),
            Role::Photo => settings.photo_model = Some(entry.id.clone()),
            // It works as soon as it is there.
            Role::Reranker => {}
        }
        self.store.set_settings(&settings)?;
        self.adopt_new_model()
    }

    fn adopt_new_model(self: &Arc<Self>) -> Result<(), EngineError> {
        self.activate_models()?;
        self.build_missing_indexes()?;
        self.changed();
        self.queue_embedding()
    }
}

pub(crate) fn known(id: &str) -> Result<&'static ModelEntry, EngineError> {
    cairn_embed::entry(id).ok_or_else(|| {
        let ids: Vec<&str> = cairn_embed::registry().iter().map(|entry| entry.id.as_str()).collect();
        EngineError::user(format!("There is no model called {id}. Cairn knows {}.", ids.join(", ")))
    })
}

/// Codes of languages, or how many there are where that is too many to read.
fn languages_in_words(codes: &[String]) -> String {
    match codes {
        codes if codes.len() > MANY_LANGUAGES => format!("{} languages", codes.len()),
        codes => codes.join(", "),
    }
}

fn loaded<M>(
    entry: Option<&'static ModelEntry>,
    load: impl FnOnce(&'static ModelEntry) -> Result<M, EngineError>,
) -> Option<Arc<M>> {
    let entry = entry?;
    load(entry)
        .inspect_err(|error| tracing::error!(model = entry.id, %error, "a model did not load"))
        .ok()
        .map(Arc::new)
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> Self {
        EngineError::new(error.class(), error.to_string())
    }
}

impl From<cairn_embed::EmbedError> for EngineError {
    fn from(error: cairn_embed::EmbedError) -> Self {
        EngineError::new(error.class(), error.to_string())
    }
}

impl From<cairn_store::StoreError> for EngineError {
    fn from(error: cairn_store::StoreError) -> Self {
        EngineError::new(error.class(), error.to_string())
    }
}

impl From<cairn_index::IndexError> for EngineError {
    fn from(error: cairn_index::IndexError) -> Self {
        EngineError::new(Class::Internal, "The vector index failed. Restart Cairn; the index is built again.")
            .caused_by(error)
    }
}

/// Pictures with more pixels are not decoded.
const MAX_PIXELS: u64 = 250_000_000;

/// One encoder without a library, for embedding from the command line.
pub struct LoneEncoder {
    kind: LoneKind,
}

enum LoneKind {
    Text(Box<TextEncoder>),
    Photo(Box<PhotoEncoder>),
}

impl LoneEncoder {
    /// Loads an installed model; one of text computes in this precision.
    pub fn load(models: &Path, id: &str, precision: Precision) -> Result<LoneEncoder, EngineError> {
        let entry = known(id)?;
        let store = ModelStore::new(models.to_owned());
        store.unpack_built_in()?;
        let kind = match entry.role {
            Role::Text => LoneKind::Text(Box::new(TextEncoder::load_with(&store, entry, precision)?)),
            Role::Photo => LoneKind::Photo(Box::new(PhotoEncoder::load(&store, entry, None)?)),
            Role::Reranker => {
                return Err(EngineError::user(format!("{} makes no vectors.", entry.name)));
            }
        };
        Ok(LoneEncoder { kind })
    }

    /// One vector for each text: as queries, or as passages. A photo model embeds all texts as queries.
    pub fn embed_texts(&self, texts: &[String], as_queries: bool) -> Result<Vec<Vec<f32>>, EngineError> {
        let embedded: Result<_, _> = match &self.kind {
            LoneKind::Text(encoder) if !as_queries => {
                encoder.embed_passages(&texts.iter().map(String::as_str).collect::<Vec<_>>())
            }
            LoneKind::Text(encoder) => texts.iter().map(|text| encoder.embed_query(text)).collect(),
            LoneKind::Photo(encoder) => texts.iter().map(|text| encoder.embed_query(text)).collect(),
        };
        Ok(embedded?)
    }

    /// The vectors of picture files, in the order given.
    pub fn embed_images(&self, paths: &[impl AsRef<Path>]) -> Result<Vec<Vec<f32>>, EngineError> {
        let LoneKind::Photo(encoder) = &self.kind else {
            return Err(EngineError::user("This model embeds text, not pictures."));
        };
        let mut pictures = Vec::with_capacity(paths.len());
        for path in paths.iter().map(AsRef::as_ref) {
            let picture = cairn_ingest::decode_upright(path, MAX_PIXELS)
                .map_err(|problem| EngineError::user(format!("{}: {problem}", path.display())))?;
            pictures.push(picture);
        }
        Ok(encoder.embed_photos(&pictures)?)
    }
}
