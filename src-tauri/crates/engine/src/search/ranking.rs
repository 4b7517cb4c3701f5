//! From what the channels found to one list.

use std::collections::HashMap;

use cairn_core::{ContentId, PassageId};
use cairn_embed::Relevance;
use cairn_insight::fuse;
use cairn_store::KeywordQuery;

use super::channels::{ByChannel, CANDIDATES, Found};
use super::hits::{Coverage, names_of};
use crate::engine::Inner;
use crate::error::EngineError;

/// Weights of the channels, tuned on Cranfield, CISI and half of `tests/eval/kb-queries.jsonl` (`cairn eval beir`), checked on the
/// other half and on XQuAD. A name is a weaker sign than a text.
const WORDS_WEIGHT: f32 = 0.35;
const NAMES_WEIGHT: f32 = 0.15;
const MEANING_WEIGHT: f32 = 0.65;
const LOOK_WEIGHT: f32 = 0.65;
const TAGS_WEIGHT: f32 = 0.35;
const ABOUT_WEIGHT: f32 = 0.35;

/// How sure a hit is that has all words of the query, beside one that is sure by its vector (1).
const ALL_WORDS: f32 = 0.75;

/// How sure even the weakest list counts as.
const LEAST_CERTAINTY: f32 = 0.01;

/// The order of channels in a fused list.
pub(super) const WORDS: usize = 0;
pub(super) const NAMES: usize = 1;
pub(super) const MEANING: usize = 2;
pub(super) const LOOK: usize = 3;
pub(super) const TAGS: usize = 4;
pub(super) const ABOUT: usize = 5;

/// A content and why it was found.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    pub content: ContentId,
    pub score: f32,
    /// Share of each channel in the score.
    pub shares: Vec<f32>,
    /// The passage that matched best.
    pub passage: Option<PassageId>,
    pub text_cosine: Option<f32>,
    pub photo_cosine: Option<f32>,
    /// How likely the photo shows what the query's words say, by its tags.
    pub tagged: Option<f32>,
    /// Cosine of the query and what name, folder, place and month say.
    pub about: Option<f32>,
    /// How likely the passage answers the query, where a re-ranker read both.
    pub reranked: Option<f32>,
    /// Everything that was asked for is known to hold: there were conditions and no words.
    pub listed: bool,
}

impl Ranked {
    fn with_score(content: ContentId, score: f32) -> Ranked {
        Ranked {
            content,
            score,
            shares: Vec::new(),
            passage: None,
            text_cosine: None,
            photo_cosine: None,
            tagged: None,
            about: None,
            reranked: None,
            listed: false,
        }
    }

    /// A photo that was found by its look alone.
    pub(crate) fn by_look(content: ContentId, cosine: f32) -> Ranked {
        let mut shares = vec![0.0; LOOK + 1];
        shares[LOOK] = 1.0;
        Ranked { shares, photo_cosine: Some(cosine), ..Ranked::with_score(content, cosine.max(0.0)) }
    }

    pub(super) fn listed(content: ContentId) -> Ranked {
        Ranked { listed: true, ..Ranked::with_score(content, 1.0) }
    }
}

impl Inner {
    /// Documents and photos in one list, best first.
    pub(super) fn ranked(
        &self,
        query: &KeywordQuery,
        documents: &ByChannel,
        photos: &ByChannel,
    ) -> Result<Vec<Ranked>, EngineError> {
        let text = self.text_model().map(|model| model.lines());
        let text = text.as_ref();
        let in_text = self.coverage_of_best(query, &documents.words)?;
        let in_name = self.coverage_of_best_name(query, &documents.names)?;
        let mut ranked = fused(
            documents,
            Weights {
                words: WORDS_WEIGHT * in_text,
                names: NAMES_WEIGHT * in_name,
                meaning: MEANING_WEIGHT,
                about: NAMES_WEIGHT,
                ..Weights::default()
            },
        );
        let in_photo_text = self.coverage_of_best(query, &photos.words)?;
        let in_photo_name = self.coverage_of_best_name(query, &photos.names)?;
        // Scores of tags are probabilities.
        let in_tags = photos.tags.contents.first().map_or(0.0, |(_, confidence)| *confidence);
        // Few photos have text in them: the best of those must be a good one to stand beside what is seen in the others.
        let by_photo_text = photos.meaning.certainty(text);
        let by_photo_name = photos.about.certainty(text);
        let mut pictures = fused(
            photos,
            Weights {
                words: WORDS_WEIGHT * in_photo_text,
                names: WORDS_WEIGHT * in_photo_name,
                meaning: MEANING_WEIGHT * by_photo_text,
                tags: TAGS_WEIGHT * in_tags,
                about: ABOUT_WEIGHT * by_photo_name,
            },
        );
        if !ranked.is_empty() && !pictures.is_empty() {
            let look = self.photo_model().map(|model| model.lines());
            scale(&mut ranked, documents.meaning.certainty(text).max(ALL_WORDS * in_text.max(in_name)));
            let by_words = ALL_WORDS * in_photo_name.max(in_photo_text).max(in_tags).max(by_photo_name);
            scale(&mut pictures, photos.look.certainty(look.as_ref()).max(by_photo_text).max(by_words));
        }
        ranked.append(&mut pictures);
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.content.cmp(&b.content)));
        Ok(ranked)
    }

    /// The share of the query's words that the best passage by words has. BM25 tells how passages compare with one
    /// another, not how well the best of them fits.
    fn coverage_of_best(&self, query: &KeywordQuery, words: &Found) -> Result<f32, EngineError> {
        let best = words.contents.first().and_then(|(content, _)| words.passages.get(&ContentId(*content)));
        let Some((passage, _)) = best else { return Ok(0.0) };
        let row = self.store.passages(&[*passage])?;
        let text = row.first().map_or("", |row| row.text.as_str());
        Ok(Coverage::of(query).share(text, ""))
    }

    /// The share of the query's words that the best name has, its folder included.
    fn coverage_of_best_name(&self, query: &KeywordQuery, names: &Found) -> Result<f32, EngineError> {
        let best: Vec<ContentId> =
            names.contents.iter().take(1).map(|(content, _)| ContentId(*content)).collect();
        let first = self.store.first_file_of_contents(&best)?.into_values().next();
        let share = first.map_or(0.0, |first| Coverage::of(query).share("", &names_of(&first.file)));
        // The name of a folder that holds half of the library tells nothing about one word of many.
        let tells_nothing = share < 0.5 && names.contents.len() >= CANDIDATES;
        Ok(if tells_nothing { 0.0 } else { share })
    }
}

/// Makes the scores of two families comparable: each is scaled by how sure its best hit is. Not by nothing at all, or the
/// order within a family of weak hits would be lost.
fn scale(ranked: &mut [Ranked], certainty: f32) {
    for ranked in ranked {
        ranked.score *= certainty.max(LEAST_CERTAINTY);
    }
}

/// Weights of channels that do not have the same for everything.
#[derive(Default)]
struct Weights {
    words: f32,
    names: f32,
    meaning: f32,
    tags: f32,
    about: f32,
}

fn fused(found: &ByChannel, weights: Weights) -> Vec<Ranked> {
    let ByChannel { words, names, meaning, look, tags, about } = found;
    let channel = |found, weight, floor| fuse::Channel { weight, floor, hits: found };
    // Only channels that answered take part: one that cannot answer must not pull scores down.
    let weight = |found: &Found, weight| if found.contents.is_empty() { 0.0 } else { weight };
    let channels = [
        channel(&words.contents[..], weight(words, weights.words), Some(0.0)),
        channel(&names.contents[..], weight(names, weights.names), Some(0.0)),
        channel(&meaning.contents[..], weight(meaning, weights.meaning), Some(0.0)),
        channel(&look.contents[..], weight(look, LOOK_WEIGHT), None),
        channel(&tags.contents[..], weight(tags, weights.tags), Some(0.0)),
        channel(&about.contents[..], weight(about, weights.about), Some(0.0)),
    ];
    let photo_cosines: HashMap<i64, f32> = look.contents.iter().copied().collect();
    let tagged: HashMap<i64, f32> = tags.contents.iter().copied().collect();
    let about_cosines: HashMap<i64, f32> = about.contents.iter().copied().collect();
    fuse::convex(&channels)
        .into_iter()
        .map(|fused| {
            let content = ContentId(fused.key);
            // The passage that the stronger of the two channels points at.
            let by_words = words.passages.get(&content);
            let by_meaning = meaning.passages.get(&content);
            let share = |channel: usize| fused.shares.get(channel).copied().unwrap_or_default();
            let passage =
                if share(WORDS) > share(MEANING) { by_words.or(by_meaning) } else { by_meaning.or(by_words) };
            Ranked {
                content,
                score: fused.score,
                passage: passage.map(|(id, _)| *id),
                text_cosine: meaning.score(content),
                photo_cosine: photo_cosines.get(&fused.key).copied(),
                tagged: tagged.get(&fused.key).copied(),
                about: about_cosines.get(&fused.key).copied(),
                reranked: None,
                listed: false,
                shares: fused.shares,
            }
        })
        .collect()
}

/// 0 to 1: a quarter at the floor, a half where a hit is likely, three quarters where it is very likely.
pub(super) fn certainty(cosine: f32, lines: &Relevance) -> f32 {
    let (floor, likely, very_likely) = (lines.floor, lines.likely, lines.very_likely);
    let points = [2.0 * floor - likely, floor, likely, very_likely, 2.0 * very_likely - likely];
    let below = points.windows(2).position(|pair| cosine < pair[1]).unwrap_or(points.len() - 2);
    let share = (cosine - points[below]) / (points[below + 1] - points[below]);
    ((below as f32 + share) / 4.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_that_nobody_is_sure_of_keep_their_order() {
        let mut ranked = [0.9, 0.5, 0.1].map(|cosine| Ranked::by_look(ContentId(1), cosine));
        scale(&mut ranked, 0.0);
        assert!(ranked.is_sorted_by(|a, b| a.score > b.score), "{ranked:?}");
    }

    #[test]
    fn certainty_follows_the_lines_of_relevance() {
        let lines = Relevance { floor: 0.2, likely: 0.3, very_likely: 0.4, source: String::new() };
        let certain = [0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.9].map(|cosine| certainty(cosine, &lines));
        let expected = [0.0, 0.0, 0.25, 0.375, 0.5, 0.75, 1.0, 1.0];
        assert!(certain.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{certain:?}");
        assert_eq!(certainty(f32::NEG_INFINITY, &lines), 0.0);
    }
}
