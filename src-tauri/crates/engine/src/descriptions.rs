//! What names, folders, places and months say of files, found by its meaning.

use std::sync::PoisonError;

use cairn_core::{ContentId, Storage};
use cairn_embed::with_threads;
use cairn_index::{Search, VectorIndex};

use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::models::TextModel;

/// Descriptions embedded at a time.
const EMBEDDED_AT_ONCE: usize = 64;
/// Descriptions that a query is answered with.
const NEAREST: usize = 20;
/// A description of more contents than this tells little of any of them.
const MOST_DESCRIBED: usize = 200;

/// The vectors of all descriptions, in memory. Those of files that are gone stay until the library is opened again, and lead nowhere.
pub(crate) struct Descriptions {
    model: String,
    last: i64,
    index: VectorIndex,
}

impl Inner {
    /// Embeds descriptions that have no vector. Returns how many.
    pub(crate) fn embed_descriptions(
        &self,
        model: &TextModel,
        job: &JobContext,
    ) -> Result<usize, EngineError> {
        let waiting = self.store.descriptions_without_vector(&model.entry.id, EMBEDDED_AT_ONCE)?;
        if waiting.is_empty() {
            return Ok(0);
        }
        self.may_go_on(job)?;
        let texts: Vec<&str> = waiting.iter().map(|(_, text)| text.as_str()).collect();
        let vectors = model.encoder.run(Lane::Bulk, |encoder| {
            with_threads(self.pace.cores(), || encoder.embed_passages(&texts))
        })??;
        let embedded = waiting.iter().map(|(id, _)| *id).zip(vectors).collect();
        self.store.put_description_vectors(&model.entry.id, embedded)?;
        Ok(waiting.len())
    }

    /// Contents whose descriptions are near to a query, each with the cosine, best first.
    pub(crate) fn described(
        &self,
        model: &TextModel,
        query: &[f32],
    ) -> Result<Vec<(ContentId, f32)>, EngineError> {
        let mut slot = self.descriptions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match slot.take() {
            Some(known) if known.model == model.entry.id => known,
            _ => Descriptions {
                model: model.entry.id.clone(),
                last: 0,
                index: VectorIndex::new(model.entry.dims, Storage::Int8)?,
            },
        };
        let known = slot.insert(known);
        for (id, vector) in self.store.description_vectors(&known.model, known.last)? {
            known.index.put(id, &vector)?;
            known.last = id;
        }
        let near = known.index.find(&Search::new(query, NEAREST))?.hits;
        drop(slot);
        let mut found = Vec::new();
        for hit in near {
            let contents = self.store.contents_described(hit.key, MOST_DESCRIBED)?.unwrap_or_default();
            found.extend(contents.into_iter().map(|content| (content, hit.score)));
        }
        Ok(found)
    }
}
