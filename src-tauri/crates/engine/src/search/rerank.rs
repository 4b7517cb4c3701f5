//! The best passages, read again together with the query.

use std::time::{Duration, Instant};

use cairn_core::PassageId;

use super::ranking::Ranked;
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;

/// Passages read again at most.
const MOST: usize = 32;
/// Passages read between two looks at the clock.
const AT_ONCE: usize = 8;
/// A person waits this long, and no longer, for a better order.
const BUDGET: Duration = Duration::from_millis(400);
/// How much the second reading counts beside the first (1 in all).
const WEIGHT: f32 = 0.5;

impl Inner {
    /// Puts the best of what was found into the order of a second reading, in which query and passage are read together. What was
    /// not read again (photos, names, what is beyond the time) keeps its place among the rest.
    pub(crate) fn reranked(&self, text: &str, ranked: &mut [Ranked]) -> Result<(), EngineError> {
        let Some(model) = self.reranker() else { return Ok(()) };
        if text.trim().is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let places: Vec<(usize, PassageId)> = ranked
            .iter()
            .enumerate()
            .filter_map(|(place, hit)| Some((place, hit.passage?)))
            .take(MOST)
            .collect();
        let ids: Vec<PassageId> = places.iter().map(|(_, passage)| *passage).collect();
        let rows = self.store.passages(&ids)?;
        let mut read = Vec::new();
        for places in places.chunks(AT_ONCE) {
            let found = places.iter().filter_map(|(place, passage)| {
                Some((*place, rows.iter().find(|row| row.id == *passage)?.text.as_str()))
            });
            let (at, texts): (Vec<usize>, Vec<&str>) = found.unzip();
            let logits = model.encoder.run(Lane::Interactive, |reranker| reranker.score(text, &texts))??;
            read.extend(at.into_iter().zip(logits.into_iter().map(sigmoid)));
            if begun.elapsed() > BUDGET {
                break;
            }
        }
        reorder(ranked, &read);
        Ok(())
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// Sorts the hits at these places among themselves, by their scores and these probabilities; the places keep their scores.
fn reorder(ranked: &mut [Ranked], read: &[(usize, f32)]) {
    let best = read.iter().map(|(place, _)| ranked[*place].score).fold(f32::MIN_POSITIVE, f32::max);
    let mut hits: Vec<(f32, Ranked)> = read
        .iter()
        .map(|&(place, probability)| {
            let hit = Ranked { reranked: Some(probability), ..ranked[place].clone() };
            ((1.0 - WEIGHT) * hit.score / best + WEIGHT * probability, hit)
        })
        .collect();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (&(place, _), (_, hit)) in read.iter().zip(hits) {
        ranked[place] = Ranked { score: ranked[place].score, ..hit };
    }
}

#[cfg(test)]
mod tests {
    use cairn_core::ContentId;

    use super::*;

    #[test]
    fn those_that_were_read_again_change_places_among_themselves() {
        let mut ranked: Vec<Ranked> = [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]
            .map(|(id, score)| Ranked::by_look(ContentId(id), score))
            .into();
        reorder(&mut ranked, &[(0, 0.1), (2, 0.99), (3, 0.2)]);
        let told: Vec<(i64, f32, Option<f32>)> =
            ranked.iter().map(|hit| (hit.content.0, hit.score, hit.reranked)).collect();
        let expected = [(3, 0.9, Some(0.99)), (2, 0.8, None), (1, 0.7, Some(0.1)), (4, 0.6, Some(0.2))];
        assert_eq!(told, expected);
        reorder(&mut ranked, &[]);
        assert_eq!(ranked[0].content.0, 3);
    }
}
