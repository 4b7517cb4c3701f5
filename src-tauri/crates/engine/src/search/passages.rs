//! The passages of one file that a search finds, best first.

use std::collections::HashMap;

use cairn_core::{FileId, PassageId, Space, vector};
use cairn_insight::fuse;
use cairn_store::PassageRow;

use super::hits::{marked_words, snippet, telling};
use crate::api::{FoundPassage, Mode, SearchRequest};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;

/// Passages shown of one file.
const MOST: usize = 50;
/// How much words count beside the meaning, as in a search.
const WORDS_WEIGHT: f32 = 0.35;

impl Inner {
    pub(crate) fn found_passages(
        &self,
        file: FileId,
        request: &SearchRequest,
    ) -> Result<Vec<FoundPassage>, EngineError> {
        let Some(content) = self.file(file)?.content else { return Ok(Vec::new()) };
        let understood = self.understood(request, None)?;
        let rows = self.store.passages_of(content.id)?;
        let ids: Vec<PassageId> = rows.iter().map(|row| row.id).collect();
        let words: Vec<(i64, f32)> = match request.mode {
            Mode::Vector => Vec::new(),
            _ => {
                let only = Allowed::only(content.id, file, content.family, &ids);
                let found = self.store.search_passages(&understood.query, MOST, Some(&only.json))?;
                found.into_iter().map(|(passage, _, score)| (passage.0, score)).collect()
            }
        };
        let cosines = match request.mode {
            Mode::Keyword => HashMap::new(),
            _ => self.cosines(&understood, &ids)?,
        };
        let floor = self.text_model().map_or(f32::INFINITY, |model| model.lines().floor);
        let mut near: Vec<(i64, f32)> = cosines
            .iter()
            .filter(|(_, cosine)| **cosine >= floor)
            .map(|(id, cosine)| (*id, *cosine))
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let channel = |weight, hits| fuse::Channel { weight, floor: Some(0.0), hits };
        let fused = fuse::convex(&[channel(WORDS_WEIGHT, &words), channel(1.0 - WORDS_WEIGHT, &near)]);
        let rows: HashMap<i64, PassageRow> = rows.into_iter().map(|row| (row.id.0, row)).collect();
        let words = telling(marked_words(&understood.query));
        let found =
            fused.into_iter().take(MOST).filter_map(|fused| rows.get(&fused.key)).map(|row| FoundPassage {
                passage: row.id,
                page: row.page,
                snippet: snippet(&row.text, &words),
                cosine: cosines.get(&row.id.0).copied(),
            });
        Ok(found.collect())
    }

    /// Cosines of these passages with what is asked for.
    fn cosines(
        &self,
        understood: &super::Understood<'_>,
        passages: &[PassageId],
    ) -> Result<HashMap<i64, f32>, EngineError> {
        let asked = self.ask_text_model(&super::plain_text(&understood.parsed.text, &understood.query))?;
        let Some(asked) = understood.examples.text.moved(asked.as_ref()) else { return Ok(HashMap::new()) };
        let ids: Vec<i64> = passages.iter().map(|passage| passage.0).collect();
        let vectors = self.store.vectors(Space::Text, &asked.model.entry.id, &ids)?;
        Ok(vectors.into_iter().map(|(id, passage)| (id, vector::dot(&asked.vector, &passage))).collect())
    }
}
