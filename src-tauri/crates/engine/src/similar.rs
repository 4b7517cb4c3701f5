//! Photos by look alone: those that are like another one, and what different photo models find.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cairn_core::{ContentId, Family, FileId, Space};
use cairn_embed::{ModelEntry, ModelStatus, Role};
use cairn_store::KeywordQuery;

use crate::api::{ModelHits, SearchResponse};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::models::PhotoModel;
use crate::search::Ranked;
use crate::space::Near;

/// A person does not look through more.
const MOST: usize = 200;

impl Inner {
    /// Photos that look like one of the library, without that one.
    pub(crate) fn similar(&self, file: FileId, limit: usize) -> Result<SearchResponse, EngineError> {
        let model = self.looking_model()?;
        let row = self.file(file)?;
        let content = row
            .content
            .filter(|content| content.family == Family::Photo)
            .ok_or_else(|| EngineError::user(format!("{} is not a photo.", row.name)))?;
        let vectors = self.store.vectors(Space::Photo, &model.entry.id, &[content.id.0])?;
        let Some((_, vector)) = vectors.into_iter().next() else {
            return Err(EngineError::user(format!(
                "{} has not been looked at yet. Try again when the library is up to date.",
                row.name
            )));
        };
        self.looking_like(&model, &vector, Some(content.id), limit)
    }

    /// Photos that look like a picture that need not be in the library. Nothing of it is kept.
    pub(crate) fn similar_to_picture(
        &self,
        picture: &Path,
        limit: usize,
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
        self.looking_like(&model, &vector, None, limit)
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
            let hits = self.looking_like(&model, &vector, None, limit)?.hits;
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

    pub(crate) fn looking_like(
        &self,
        model: &PhotoModel,
        vector: &[f32],
        except: Option<ContentId>,
        limit: usize,
    ) -> Result<SearchResponse, EngineError> {
        let started = Instant::now();
        let limit = limit.clamp(1, MOST);
        let Near { hits: mut near, plan } = model.space.search(&self.store, vector, limit + 1, None)?;
        near.retain(|(content, _)| except != Some(ContentId(*content)));
        near.truncate(limit);
        let contents: Vec<ContentId> = near.iter().map(|(content, _)| ContentId(*content)).collect();
        let mut files = self.store.first_file_of_contents(&contents)?;
        let query = KeywordQuery::default();
        let hits: Vec<_> = near
            .into_iter()
            .filter_map(|(content, cosine)| {
                let ranked = Ranked::by_look(ContentId(content), cosine);
                self.hit(&query, &ranked, files.remove(&ranked.content)?, None)
            })
            .collect();
        Ok(SearchResponse {
            documents: 0,
            photos: hits.len(),
            weak_hidden: 0,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
            notes: Vec::new(),
            chips: Vec::new(),
            unread: Vec::new(),
            plans: vec![format!("Photos: {plan}")],
            hits,
        })
    }
}
