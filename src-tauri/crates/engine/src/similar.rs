//! What is like a file or a picture, and what different photo models find.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use cairn_core::{Class, ContentId, Family, FileId, Space};
use cairn_embed::{ModelEntry, ModelStatus, Role};
use cairn_store::KeywordQuery;

use crate::api::{Example, Hit, Likelihood, ModelHits, Scope, SearchRequest, SearchResponse};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::models::PhotoModel;
use crate::search::Ranked;
use crate::space::Near;

/// Bytes of a picture that may be pasted.
const MOST_PASTED: usize = 64 << 20;
/// How the files of pasted pictures begin while they are read.
const PASTED: &str = "pasted-";
/// A person does not look through more.
const MOST: usize = 200;

impl Inner {
    /// What is like a file of the library: documents like a document, photos like a photo.
    pub(crate) fn similar(&self, file: FileId, limit: usize) -> Result<SearchResponse, EngineError> {
        let row = self.file(file)?;
        let Some(content) = &row.content else {
            return Err(EngineError::user(format!("{} has not been read.", row.name)));
        };
        let scope = match content.family {
            Family::Document => Scope::Documents,
            Family::Photo => {
                self.looking_model()?;
                Scope::Photos
            }
        };
        let like = vec![Example { file, passage: None }];
        let at_least = Likelihood::Weak;
        self.search(&SearchRequest { scope, limit, at_least, like, ..SearchRequest::default() })
    }

    /// What was asked for, and photos that look like a picture, which need not be in the library. Nothing of it is kept.
    pub(crate) fn search_like_picture(
        &self,
        request: &SearchRequest,
        picture: &Path,
    ) -> Result<SearchResponse, EngineError> {
        let model = self.looking_model()?;
        let pixels = self
            .start_worker()?
            .picture(picture, model.input_side)
            .map_err(|problem| EngineError::user(format!("{}: {problem}", picture.display())))?;
        let vectors = model.encoder.run(Lane::Interactive, |encoder| encoder.embed_photos(&[pixels]))??;
        let vector = vectors
            .into_iter()
            .next()
            .ok_or_else(|| EngineError::internal("the photo encoder gave no vector"))?;
        self.search_like(request, Some(vector))
    }

    /// As [`Inner::search_like_picture`], with a picture that is no file.
    pub(crate) fn search_like_pasted_picture(
        &self,
        request: &SearchRequest,
        picture: &[u8],
    ) -> Result<SearchResponse, EngineError> {
        if picture.len() > MOST_PASTED {
            return Err(EngineError::user(
                "This picture is too large to be pasted. Save it, and choose the file.",
            ));
        }
        // The worker reads files; this one is gone once it was read.
        let kept = |error| EngineError::io("keep the picture while it is read", error);
        let mut file =
            tempfile::Builder::new().prefix(PASTED).tempfile_in(&self.folders.library).map_err(kept)?;
        file.write_all(picture).map_err(kept)?;
        self.search_like_picture(request, file.path()).map_err(|error| match error.class() {
            Class::User => EngineError::user("This picture cannot be read.").caused_by(error),
            _ => error,
        })
    }

    /// Removes pictures that were pasted when the program was killed.
    pub(crate) fn forget_pasted_pictures(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folders.library) else { return };
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PASTED))
        {
            if let Err(error) = std::fs::remove_file(entry.path()) {
                tracing::warn!(%error, "a pasted picture could not be removed");
            }
        }
    }

    /// What each installed photo model that has seen photos finds for a query, by look alone. A model that is not at work is
    /// loaded for it.
    pub(crate) fn compare_photo_models(
        &self,
        query: &str,
        limit: usize,
    ) -> Result<Vec<ModelHits>, EngineError> {
        let mut compared = Vec::new();
        for entry in self.photo_models_with_vectors()? {
            let model = self.photo_model_for(entry)?;
            let seen = self.store.vector_count(Space::Photo, &entry.id)?;
            let vector = model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(query))??;
            let hits = self.looking_like(&model, &vector, limit)?;
            compared.push(ModelHits { model: entry.id.clone(), name: entry.name.clone(), seen, hits });
        }
        Ok(compared)
    }

    /// Installed photo models that have seen photos.
    pub(crate) fn photo_models_with_vectors(&self) -> Result<Vec<&'static ModelEntry>, EngineError> {
        let mut models = Vec::new();
        for entry in cairn_embed::registry().iter().filter(|entry| entry.role == Role::Photo) {
            let seen = self.store.vector_count(Space::Photo, &entry.id)?;
            if seen > 0 && matches!(self.models.status(entry), ModelStatus::Installed) {
                models.push(entry);
            }
        }
        Ok(models)
    }

    /// The model at work, or another one, loaded for the moment.
    pub(crate) fn photo_model_for(&self, entry: &'static ModelEntry) -> Result<Arc<PhotoModel>, EngineError> {
        match self.photo_models().find(|model| model.entry.id == entry.id) {
            Some(model) => Ok(model),
            None => Ok(Arc::new(PhotoModel::load(self, entry)?)),
        }
    }

    fn looking_model(&self) -> Result<Arc<PhotoModel>, EngineError> {
        self.photo_model().ok_or_else(|| {
            EngineError::model_missing(
                "Finding photos by their look needs a photo model. Get one in the settings.",
            )
        })
    }

    /// The photos nearest to a vector in the space of a photo model, best first, with their cosines.
    pub(crate) fn looking_like(
        &self,
        model: &PhotoModel,
        vector: &[f32],
        limit: usize,
    ) -> Result<Vec<Hit>, EngineError> {
        let Near { hits: near, .. } = model.space.search(&self.store, vector, limit.clamp(1, MOST), None)?;
        let found = near.into_iter().map(|(content, cosine)| Ranked::by_look(ContentId(content), cosine));
        let query = KeywordQuery::default();
        let judged = self.judged(&query, found.collect(), None)?;
        Ok(judged.into_iter().filter_map(|hit| self.hit(&query, hit.into())).collect())
    }
}
