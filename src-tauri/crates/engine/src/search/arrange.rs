//! Which of the relevant hits are shown, and in which order.

use std::cmp::Reverse;
use std::collections::HashMap;

use cairn_core::{ContentId, Family, Space, vector};
use cairn_insight::sketches::{Band, Sketch};

use super::hits::Judged;
use crate::api::{AlikeFile, SearchRequest, Sort};
use crate::engine::Inner;
use crate::error::EngineError;

/// Hits among which different ones are looked for.
const MOST_DIVERSE: usize = 120;

/// A hit that is shown.
pub(crate) struct Shown {
    pub hit: Judged,
    /// Hits that hold nearly the same and are not shown themselves.
    pub alike: Vec<AlikeFile>,
}

impl From<Judged> for Shown {
    fn from(hit: Judged) -> Shown {
        Shown { hit, alike: Vec::new() }
    }
}

impl Inner {
    /// The first `limit` of what was found, as they were asked for.
    pub(super) fn arranged(
        &self,
        mut hits: Vec<Judged>,
        request: &SearchRequest,
        limit: usize,
    ) -> Result<Vec<Shown>, EngineError> {
        match request.sort {
            Sort::Relevance if request.diverse => hits = self.diverse(hits, limit)?,
            Sort::Relevance => {}
            Sort::Newest => hits.sort_by_key(|hit| Reverse(hit.first.file.date_ms())),
            Sort::Oldest => hits.sort_by_key(|hit| hit.first.file.date_ms()),
            Sort::Name => hits.sort_by_cached_key(|hit| hit.first.file.name.to_lowercase()),
        }
        self.collapsed(hits, limit)
    }

    /// Takes together what holds nearly the same: the first of them stands for the others.
    fn collapsed(&self, hits: Vec<Judged>, limit: usize) -> Result<Vec<Shown>, EngineError> {
        let contents: Vec<ContentId> = hits.iter().map(|hit| hit.ranked.content).collect();
        let sketches: HashMap<ContentId, Sketch> = self
            .store
            .sketches_of(&contents)?
            .into_iter()
            .filter_map(|(content, bytes)| Some((content, Sketch::from_bytes(&bytes)?)))
            .collect();
        let photos = self.groups_of_photos_alike();
        let is_alike = |a: ContentId, b: ContentId| match (sketches.get(&a), sketches.get(&b)) {
            (Some(a), Some(b)) => Band::of(a.similarity(b)).is_some_and(|band| band <= Band::NearlySame),
            _ => photos.get(&a).is_some_and(|group| photos.get(&b) == Some(group)),
        };
        let mut shown: Vec<Shown> = Vec::with_capacity(limit.min(hits.len()));
        for hit in hits {
            let content = hit.ranked.content;
            match shown.iter().position(|shown| is_alike(shown.hit.ranked.content, content)) {
                Some(first) => shown[first].alike.push(AlikeFile::of(hit.first.file)),
                None if shown.len() < limit => shown.push(hit.into()),
                None => {}
            }
        }
        Ok(shown)
    }

    /// Photos that the map found to look nearly the same, each with the number of its group.
    fn groups_of_photos_alike(&self) -> HashMap<ContentId, usize> {
        let Some(map) = self.shown_map() else { return HashMap::new() };
        let groups = map.alike.iter().enumerate();
        groups.flat_map(|(number, group)| group.iter().map(move |content| (*content, number))).collect()
    }

    /// The first `limit`, each chosen for how relevant it is times how much of it is new: `1 - cosine^2` to the nearest of those
    /// before it (what a determinantal point process weighs for two items; Kulesza, Taskar, 2012). What follows keeps its order.
    fn diverse(&self, hits: Vec<Judged>, limit: usize) -> Result<Vec<Judged>, EngineError> {
        let mut vectors: Vec<Option<(Family, Vec<f32>)>> = Vec::with_capacity(hits.len().min(MOST_DIVERSE));
        for hit in hits.iter().take(MOST_DIVERSE) {
            vectors.push(self.vector_of(hit)?.map(|vector| (hit.family(), vector)));
        }
        let alike = |a: usize, b: usize| match (&vectors[a], &vectors[b]) {
            (Some((of_a, a)), Some((of_b, b))) if of_a == of_b => vector::dot(a, b),
            _ => 0.0,
        };
        let best = hits.iter().map(|hit| hit.ranked.score).fold(f32::MIN_POSITIVE, f32::max);
        let relevance: Vec<f32> = hits.iter().map(|hit| hit.ranked.score / best).collect();
        let mut nearest = vec![0.0f32; vectors.len()];
        let mut order: Vec<usize> = Vec::with_capacity(hits.len());
        let mut rest: Vec<usize> = (0..vectors.len()).collect();
        while order.len() < limit && !rest.is_empty() {
            let value = |at: usize| relevance[at] * (1.0 - nearest[at] * nearest[at]);
            let place = (1..rest.len())
                .fold(0, |best, place| if value(rest[place]) > value(rest[best]) { place } else { best });
            let chosen = rest.remove(place);
            for &other in &rest {
                nearest[other] = nearest[other].max(alike(chosen, other));
            }
            order.push(chosen);
        }
        order.extend(rest);
        order.extend(vectors.len()..hits.len());
        let mut hits: Vec<Option<Judged>> = hits.into_iter().map(Some).collect();
        Ok(order.into_iter().filter_map(|at| hits[at].take()).collect())
    }

    /// The vector by which a hit was found, where it has one.
    fn vector_of(&self, hit: &Judged) -> Result<Option<Vec<f32>>, EngineError> {
        let (space, model, id) = match (hit.family(), hit.ranked.passage) {
            (Family::Photo, _) => {
                let Some(model) = self.photo_model() else { return Ok(None) };
                (Space::Photo, model.entry.id.clone(), hit.ranked.content.0)
            }
            (Family::Document, Some(passage)) => {
                let Some(model) = self.text_model() else { return Ok(None) };
                (Space::Text, model.entry.id.clone(), passage.0)
            }
            (Family::Document, None) => return Ok(None),
        };
        Ok(self.store.vectors(space, &model, &[id])?.into_iter().next().map(|(_, vector)| vector))
    }
}
