//! Ways to search: each gives contents with a score of its own kind.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cairn_core::{ContentId, Family, PassageId};
use cairn_embed::Relevance;
use cairn_insight::words::content_stems;
use cairn_store::KeywordQuery;

use super::examples::Examples;
use super::ranking::certainty;
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;
use crate::models::TextModel;
use crate::space::Near;

/// Candidates that each channel brings.
pub(super) const CANDIDATES: usize = 200;
/// Passages looked at for words that must not occur.
const MAX_EXCLUDED: usize = 10_000;

/// What one channel found: contents with the best score of each, and the passages behind them.
#[derive(Default)]
pub(super) struct Found {
    /// Best first, each content once.
    pub contents: Vec<(i64, f32)>,
    pub passages: HashMap<ContentId, (PassageId, f32)>,
}

/// What each channel found in one family.
#[derive(Default)]
pub(super) struct ByChannel {
    pub words: Found,
    pub names: Found,
    pub meaning: Found,
    pub look: Found,
    pub tags: Found,
    /// What names, folders, places and months mean.
    pub about: Found,
}

impl Found {
    /// How sure the best hit is, 0 to 1, by the model's lines of relevance.
    pub fn certainty(&self, lines: Option<&Relevance>) -> f32 {
        let best = self.contents.iter().map(|(_, cosine)| *cosine).fold(f32::NEG_INFINITY, f32::max);
        lines.map_or(0.0, |lines| certainty(best, lines))
    }

    pub fn passage(&mut self, content: ContentId, passage: PassageId, score: f32) {
        if let std::collections::hash_map::Entry::Vacant(slot) = self.passages.entry(content) {
            slot.insert((passage, score));
            self.contents.push((content.0, score));
        }
    }

    pub fn score(&self, content: ContentId) -> Option<f32> {
        self.passages.get(&content).map(|(_, score)| *score)
    }
}

/// A place in the text space: that of a query, or of what results should be like.
pub(super) struct Asked {
    pub model: Arc<TextModel>,
    pub vector: Vec<f32>,
}

impl Inner {
    /// Documents with a word or phrase that must not occur: the meaning knows nothing of it, and another passage of
    /// the same document would bring the document back.
    pub(super) fn excluded(&self, query: &KeywordQuery) -> Result<HashSet<ContentId>, EngineError> {
        let mut contents = HashSet::new();
        for phrase in &query.excluded {
            let only = KeywordQuery { phrases: vec![phrase.clone()], ..KeywordQuery::default() };
            let found = self.store.search_passages(&only, MAX_EXCLUDED, None)?;
            contents.extend(found.into_iter().map(|(_, content, _)| content));
        }
        Ok(contents)
    }

    pub(super) fn by_words(
        &self,
        query: &KeywordQuery,
        allowed: Option<&Allowed>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let allowed = allowed.map(|allowed| allowed.json.as_str());
        for (passage, content, score) in self.store.search_passages(query, CANDIDATES, allowed)? {
            found.passage(content, passage, score);
        }
        Ok(found)
    }

    /// What was found in documents, and what in photos.
    pub(super) fn by_family(&self, found: Found) -> Result<(Found, Found), EngineError> {
        let contents: Vec<ContentId> =
            found.contents.iter().map(|(content, _)| ContentId(*content)).collect();
        let photos = self.store.photos_among(&contents)?;
        if photos.is_empty() {
            return Ok((found, Found::default()));
        }
        let is_photo = |content: i64| photos.contains(&ContentId(content));
        let (in_photos, in_documents) =
            found.contents.into_iter().partition(|(content, _)| is_photo(*content));
        let (of_photos, of_documents) =
            found.passages.into_iter().partition(|(content, _)| is_photo(content.0));
        Ok((
            Found { contents: in_documents, passages: of_documents },
            Found { contents: in_photos, passages: of_photos },
        ))
    }

    pub(super) fn by_names(
        &self,
        query: &KeywordQuery,
        family: Family,
        allowed: Option<&Allowed>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let mut seen = HashSet::new();
        let allowed = allowed.map(|allowed| allowed.json.as_str());
        for (_, content, score) in self.store.search_names(query, Some(family), CANDIDATES, allowed)? {
            if seen.insert(content) {
                found.contents.push((content.0, score));
            }
        }
        Ok(found)
    }

    /// `None`: there is no text model, or nothing to ask.
    pub(super) fn ask_text_model(&self, text: &str) -> Result<Option<Asked>, EngineError> {
        let Some(model) = self.text_model().filter(|_| !text.is_empty()) else { return Ok(None) };
        let vector = self.query_vector(&model.entry.id, text, || {
            model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(text))
        })?;
        Ok(Some(Asked { model, vector }))
    }

    pub(super) fn by_meaning(
        &self,
        Asked { model, vector }: &Asked,
        query: &KeywordQuery,
        allowed: Option<&Allowed>,
        plans: &mut Vec<String>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let Near { hits: near, plan } =
            model.space.search(&self.store, vector, CANDIDATES, allowed.map(|allowed| &allowed.passages))?;
        plans.push(format!("Passages: {plan}"));
        let ids: Vec<PassageId> = near.iter().map(|(id, _)| PassageId(*id)).collect();
        let owners = self.store.passage_owners(&ids)?;
        let refused = self.refused(query, &ids)?;
        for (id, cosine) in near {
            let id = PassageId(id);
            if let Some(content) = owners.get(&id)
                && !refused.contains(&id)
            {
                found.passage(*content, id, cosine);
            }
        }
        Ok(found)
    }

    /// Contents whose name, folder, place or month mean what is asked for: only where they likely do, since they say little of what is
    /// in a file.
    pub(super) fn by_description(
        &self,
        Asked { model, vector }: &Asked,
        allowed: Option<&Allowed>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let mut seen = HashSet::new();
        for (content, cosine) in self.described(model, vector)? {
            let is_allowed = allowed.is_none_or(|allowed| allowed.has(content));
            if cosine >= model.lines().likely && is_allowed && seen.insert(content) {
                found.contents.push((content.0, cosine));
            }
        }
        found.contents.truncate(CANDIDATES);
        Ok(found)
    }

    /// Of these passages, those without a phrase that must occur: the meaning knows nothing of it.
    fn refused(&self, query: &KeywordQuery, ids: &[PassageId]) -> Result<HashSet<PassageId>, EngineError> {
        if query.phrases.is_empty() {
            return Ok(HashSet::new());
        }
        let lower: Vec<String> = query.phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
        let rows = self.store.passages(ids)?;
        Ok(rows
            .into_iter()
            .filter(|row| {
                let text = row.text.to_lowercase();
                lower.iter().any(|phrase| !text.contains(phrase))
            })
            .map(|row| row.id)
            .collect())
    }

    pub(super) fn by_look(
        &self,
        text: &str,
        asked: Option<&Asked>,
        examples: &Examples,
        allowed: Option<&Allowed>,
        notes: &mut Vec<String>,
        plans: &mut Vec<String>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let Some(model) = self.photo_model() else {
            if self.store.counts()?.photos > 0 {
                notes.push(
                    "Search inside pictures needs a photo model: photos are found by name and folder now."
                        .into(),
                );
            }
            return Ok(found);
        };
        // Many photo models read words with a text model: then the vector is known.
        let known = asked.filter(|asked| model.reads_with(&asked.model.entry.id));
        let vector = match known {
            _ if text.is_empty() => None,
            Some(asked) => Some(asked.vector.clone()),
            None => Some(self.query_vector(&model.entry.id, text, || {
                model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(text))
            })?),
        };
        let Some(vector) = examples.photo.moved(vector.as_deref()) else { return Ok(found) };
        let near =
            model.space.search(&self.store, &vector, CANDIDATES, allowed.map(|allowed| &allowed.photos))?;
        plans.push(format!("Photos: {}", near.plan));
        found.contents = near.hits;
        Ok(found)
    }

    /// Photos in which the photo model saw what the query's words say. The score is the mean over the query's words, of each
    /// the confidence of the likeliest tag that has it.
    pub(super) fn by_tags(&self, text: &str, allowed: Option<&Allowed>) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let Some(model) = self.photo_model() else { return Ok(found) };
        let wanted: Vec<String> = content_stems(text);
        let mut confidences: HashMap<ContentId, Vec<f32>> = HashMap::new();
        for tag in self.store.tag_words(&model.entry.id)? {
            let stems = content_stems(&tag);
            if stems.is_empty() || !stems.iter().all(|stem| wanted.contains(stem)) {
                continue;
            }
            for (content, confidence) in self.store.tagged(&model.entry.id, &tag, CANDIDATES)? {
                let of_words = confidences.entry(content).or_insert_with(|| vec![0.0; wanted.len()]);
                for (of_word, word) in of_words.iter_mut().zip(&wanted) {
                    if stems.contains(word) {
                        *of_word = of_word.max(confidence);
                    }
                }
            }
        }
        let mean = |of_words: Vec<f32>| of_words.iter().sum::<f32>() / wanted.len() as f32;
        confidences.retain(|content, _| allowed.is_none_or(|allowed| allowed.has(*content)));
        found.contents =
            confidences.into_iter().map(|(content, of_words)| (content.0, mean(of_words))).collect();
        found.contents.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(found)
    }
}
