//! What a person sees of what was found, and how likely it is that they meant it.

use std::collections::{HashMap, HashSet};

use cairn_core::{ContentId, Family, PassageId};
use cairn_insight::highlight;
use cairn_insight::words::is_stop_word;
use cairn_store::{FileRow, FirstFile, KeywordQuery, PassageRow};

use super::arrange::Shown;
use super::ranking::{ABOUT, LOOK, MEANING, NAMES, Ranked, TAGS, WORDS, certainty};
use crate::api::{Channels, Hit, Likelihood, Marked};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;
use crate::library::title;
use crate::text::marked;

/// Characters of a snippet.
const SNIPPET_CHARS: usize = 240;
/// How sure a hit is that was found by conditions alone.
const LISTED: f32 = 0.5;

/// What was found, with what is needed to judge and to show it.
pub(crate) struct Judged {
    pub ranked: Ranked,
    pub first: FirstFile,
    pub passage: Option<PassageRow>,
    /// How likely it is that this is meant, 0 to 1.
    pub probability: f32,
}

impl Judged {
    pub(super) fn family(&self) -> Family {
        self.first.file.content.as_ref().map_or(Family::Document, |content| content.family)
    }
}

impl Inner {
    /// What was found, in the same order, each with its file. What has no file any more is left out.
    pub(crate) fn judged(
        &self,
        query: &KeywordQuery,
        found: Vec<Ranked>,
        allowed: Option<&Allowed>,
    ) -> Result<Vec<Judged>, EngineError> {
        let contents: Vec<ContentId> = found.iter().map(|ranked| ranked.content).collect();
        let mut files = self.store.first_file_of_contents(&contents)?;
        if let Some(allowed) = allowed {
            self.show_allowed(allowed, &mut files)?;
        }
        let ids: Vec<PassageId> = found.iter().filter_map(|ranked| ranked.passage).collect();
        let mut passages: HashMap<PassageId, PassageRow> =
            self.store.passages(&ids)?.into_iter().map(|row| (row.id, row)).collect();
        let coverage = Coverage::of(query);
        let judge = |ranked: Ranked| {
            let first = files.remove(&ranked.content)?;
            let passage = ranked.passage.and_then(|id| passages.remove(&id));
            let probability = self.probability(&coverage, &ranked, &first.file, passage.as_ref());
            Some(Judged { ranked, first, passage, probability })
        };
        Ok(found.into_iter().filter_map(judge).collect())
    }

    /// The best of what the cosines, the tags and the words say.
    fn probability(
        &self,
        coverage: &Coverage,
        ranked: &Ranked,
        row: &FileRow,
        passage: Option<&PassageRow>,
    ) -> f32 {
        if ranked.listed {
            return LISTED;
        }
        let text = self.text_model().zip(ranked.text_cosine.into_iter().chain(ranked.about).reduce(f32::max));
        let look = self.photo_model().zip(ranked.photo_cosine);
        let held = passage.map_or("", |passage| passage.text.as_str());
        [
            text.map(|(model, cosine)| certainty(cosine, &model.lines())),
            look.map(|(model, cosine)| certainty(cosine, &model.lines())),
            ranked.tagged,
            Some(coverage.probability(held, &format!("{} {}", title(row), names_of(row)))),
        ]
        .into_iter()
        .flatten()
        .fold(0.0, f32::max)
    }

    pub(crate) fn hit(&self, query: &KeywordQuery, shown: Shown) -> Option<Hit> {
        let Shown { hit: Judged { ranked, first, passage, probability }, alike } = shown;
        let row = first.file;
        let words = telling(marked_words(query));
        let (title, date_ms) = (title(&row), row.date_ms());
        let content = row.content?;
        let share = |channel: usize| ranked.shares.get(channel).copied().unwrap_or_default() * ranked.score;
        Some(Hit {
            file: row.id,
            family: content.family,
            kind: content.kind,
            title,
            name: row.name,
            folder: row.folder,
            root: row.root,
            passage: passage.as_ref().map(|passage| passage.id),
            snippet: passage.as_ref().map(|passage| snippet(&passage.text, &words)),
            page: passage.as_ref().and_then(|passage| passage.page),
            date_ms,
            hash: content.hash,
            pixels: content.photo.map(|photo| (photo.width, photo.height)),
            score: ranked.score,
            probability,
            likelihood: Likelihood::of(probability),
            channels: Channels {
                words: share(WORDS) + share(NAMES) + share(TAGS),
                meaning: share(MEANING) + share(ABOUT),
                look: share(LOOK),
                text_cosine: ranked.text_cosine,
                photo_cosine: ranked.photo_cosine,
                reranked: ranked.reranked,
            },
            copies: usize::try_from(first.copies).unwrap_or(usize::MAX),
            alike,
        })
    }
}

/// What a file is called and where it lies, and what else is known of what it holds (place, month, camera, author).
pub(super) fn names_of(row: &FileRow) -> String {
    let held = row.content.as_ref().map_or("", |content| content.words.as_str());
    format!("{} {} {held}", spaced(&row.name), row.folder)
}

/// Words of a file name that are joined by other signs than spaces.
fn spaced(name: &str) -> String {
    name.replace(['_', '-', '.'], " ")
}

/// The words whose occurrences are marked.
pub(crate) fn marked_words(query: &KeywordQuery) -> Vec<String> {
    let phrases = query.alternatives.iter().flatten().chain(&query.phrases);
    query.words.iter().cloned().chain(phrases.flat_map(|text| words_in(text))).collect()
}

fn words_in(phrase: &str) -> impl Iterator<Item = String> {
    phrase.split_whitespace().map(str::to_owned)
}

/// Without the words that stand everywhere, unless the query has no others.
pub(crate) fn telling(words: Vec<String>) -> Vec<String> {
    let kept: Vec<String> = words.iter().filter(|word| !is_stop_word(word)).cloned().collect();
    if kept.is_empty() { words } else { kept }
}

pub(super) fn snippet(text: &str, words: &[String]) -> Marked {
    let (window, marks) = highlight::snippet(text, words, SNIPPET_CHARS);
    let shown = text.get(window.clone()).unwrap_or_default();
    let marks: Vec<_> = marks
        .into_iter()
        .map(|mark| mark.start.saturating_sub(window.start)..mark.end.saturating_sub(window.start))
        .collect();
    marked(shown, &marks)
}

/// How much of what is looked for occurs.
pub(super) struct Coverage {
    words: Vec<String>,
    /// What each word stands for: a wanted word of its own, or one alternative, all of whose words must occur.
    places: Vec<(usize, usize)>,
    /// Of each wanted word, how many alternatives there are (1 where there are none).
    wanted: Vec<usize>,
}

impl Coverage {
    pub(super) fn of(query: &KeywordQuery) -> Coverage {
        let plain = query.words.iter().cloned().chain(query.phrases.iter().flat_map(|text| words_in(text)));
        let plain: Vec<String> = plain.collect();
        // Words that say nothing count only where there is nothing else.
        let plain = if query.alternatives.is_empty() { telling(plain) } else { telling_or_none(plain) };
        let mut coverage = Coverage { words: Vec::new(), places: Vec::new(), wanted: Vec::new() };
        let mut known = HashSet::new();
        for word in plain.into_iter().filter(|word| known.insert(word.clone())) {
            coverage.places.push((coverage.wanted.len(), 0));
            coverage.words.push(word);
            coverage.wanted.push(1);
        }
        for texts in &query.alternatives {
            for (alternative, text) in texts.iter().enumerate() {
                for word in telling(words_in(text).collect()) {
                    coverage.places.push((coverage.wanted.len(), alternative));
                    coverage.words.push(word);
                }
            }
            coverage.wanted.push(texts.len());
        }
        coverage
    }

    /// Those of the words that occur in a text.
    pub(super) fn occurring(&self, text: &str) -> Vec<String> {
        let occur = highlight::occurring(text, &self.words);
        self.words.iter().zip(occur).filter(|(_, occurs)| *occurs).map(|(word, _)| word.clone()).collect()
    }

    /// How many of the wanted words occur in the text or the name.
    fn count(&self, text: &str, name: &str) -> usize {
        let (in_text, in_name) =
            (highlight::occurring(text, &self.words), highlight::occurring(name, &self.words));
        let mut whole: Vec<Vec<bool>> =
            self.wanted.iter().map(|alternatives| vec![true; *alternatives]).collect();
        for (at, &(wanted, alternative)) in self.places.iter().enumerate() {
            whole[wanted][alternative] &= in_text[at] || in_name[at];
        }
        whole.iter().filter(|alternatives| alternatives.contains(&true)).count()
    }

    /// The share of the wanted words that occur in the text or the name.
    pub(super) fn share(&self, text: &str, name: &str) -> f32 {
        self.count(text, name) as f32 / self.wanted.len().max(1) as f32
    }

    /// How likely a hit is by its words alone: likely with each of several, possible with the only one or with most.
    fn probability(&self, text: &str, name: &str) -> f32 {
        match (self.count(text, name), self.wanted.len()) {
            (0, _) => 0.0,
            (found, all) if found == all && all > 1 => 0.5,
            (found, all) if found == all || found * 3 >= all * 2 => 0.25,
            _ => 0.0,
        }
    }
}

fn telling_or_none(words: Vec<String>) -> Vec<String> {
    words.into_iter().filter(|word| !is_stop_word(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurs_is_counted_by_what_is_wanted() {
        let count = |typed: &str, text: &str| {
            let coverage = Coverage::of(&KeywordQuery::parse(typed));
            (coverage.count(text, "barn"), coverage.wanted.len())
        };
        assert_eq!(count("the red cats", "A cat sleeps."), (1, 2));
        assert_eq!(count("cats OR dogs", "A dog sleeps."), (1, 1));
        assert_eq!(count("cats OR \"big dogs\" barn", "A dog sleeps."), (1, 2));
        assert_eq!(count("cats OR \"big dogs\" barn", "Big dogs sleep."), (2, 2));
        assert_eq!(count("to be", "to go"), (1, 2));
        assert_eq!(count("", "to go"), (0, 0));
        assert_eq!(count("cat dog cat", "A cat sleeps."), (1, 2));
    }
}
