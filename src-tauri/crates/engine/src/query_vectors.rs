//! Vectors of the latest queries: who types a word more and takes it back waits for no model.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use cairn_embed::EmbedError;

use crate::engine::Inner;
use crate::error::EngineError;

/// Queries remembered.
const MOST: usize = 64;

/// The latest queries with the model that read them and their vectors, the last used first.
#[derive(Default)]
pub(crate) struct QueryVectors(Mutex<VecDeque<Known>>);

struct Known {
    model: String,
    text: String,
    vector: Vec<f32>,
}

impl QueryVectors {
    /// After a change of models, or of how they compute.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, model: &str, text: &str) -> Option<Vec<f32>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|known| known.model == model && known.text == text)?;
        let found = known.remove(at)?;
        let vector = found.vector.clone();
        known.push_front(found);
        Some(vector)
    }

    fn put(&self, model: &str, text: &str, vector: Vec<f32>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_front(Known { model: model.to_owned(), text: text.to_owned(), vector });
        known.truncate(MOST);
    }
}

impl Inner {
    /// The vector of a query as a model reads it: the one that is remembered, or what `embed` computes.
    pub(crate) fn query_vector(
        &self,
        model: &str,
        text: &str,
        embed: impl FnOnce() -> Result<Result<Vec<f32>, EmbedError>, EngineError>,
    ) -> Result<Vec<f32>, EngineError> {
        if let Some(vector) = self.query_vectors.get(model, text) {
            return Ok(vector);
        }
        let vector = embed()??;
        self.query_vectors.put(model, text, vector.clone());
        Ok(vector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_queries_are_remembered_for_their_model() {
        let known = QueryVectors::default();
        for number in 0..MOST + 5 {
            known.put("a", &number.to_string(), vec![number as f32]);
            known.get("a", "0");
        }
        assert_eq!(known.get("a", "0"), Some(vec![0.0]), "it was used all the time");
        assert_eq!(known.get("a", "1"), None, "others came later");
        assert_eq!(known.get("a", "68"), Some(vec![68.0]));
        assert_eq!(known.get("b", "68"), None);
        known.forget();
        assert_eq!(known.get("a", "68"), None);
    }
}
