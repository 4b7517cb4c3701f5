//! Why a search finds a file, or why not.

use cairn_core::{ContentId, Family, FileId, vector};
use cairn_ingest::Worker;
use cairn_insight::{answers, query};
use cairn_store::{FileRow, FileState, PassageRow};

use super::hits::{Coverage, Judged};
use super::ranking::{ABOUT, LOOK, MEANING, NAMES, Ranked, TAGS, WORDS};
use super::{Understood, Wanted, plain_text, today};
use crate::api::{
    ExplainedPart, ExplainedPassage, Explanation, HeatMap, Likelihood, Scope, SearchRequest, TextShare,
};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;
use crate::text::utf16_ranges;

/// Cells in a row of a heat map.
const CELLS: u32 = 7;

impl Inner {
    pub(crate) fn explain(&self, file: FileId, request: &SearchRequest) -> Result<Explanation, EngineError> {
        let row = self.file(file)?;
        let understood = self.understood(request, None)?;
        let Some(content) = &row.content else {
            return Ok(nothing(vec![unread(&row)]));
        };
        let (content, family) = (content.id, content.family);
        let mut reasons = self.refusals(&understood, request, content)?;
        let wanted = understood.wanted(request);
        if matches!(
            (family, wanted.scope),
            (Family::Document, Scope::Photos) | (Family::Photo, Scope::Documents)
        ) {
            reasons.push("Only the other kind of results is asked for.".into());
        }
        let found = self.candidates(&wanted)?.ranked;
        let judged = self.judged(&understood.query, found, wanted.allowed)?;
        let shown = judged.iter().filter(|hit| Likelihood::of(hit.probability) >= request.at_least);
        let place = shown.into_iter().position(|hit| hit.ranked.content == content).map(|place| place + 1);
        let hit = match judged.into_iter().find(|hit| hit.ranked.content == content) {
            Some(hit) => Some(hit),
            None => self.alone(&wanted, &row, content, family)?,
        };
        let Some(hit) = hit else {
            if !reasons.is_empty() {
                return Ok(nothing(reasons));
            }
            reasons.push("Nothing in it has to do with what is asked for.".into());
            return Ok(nothing(reasons));
        };
        let likelihood = Likelihood::of(hit.probability);
        if place.is_none() && reasons.is_empty() {
            reasons.push(match likelihood < request.at_least {
                true => "It is less likely to be meant than the results that are shown.".into(),
                false => "Two hundred others are nearer in every way of searching.".into(),
            });
        }
        Ok(Explanation {
            place,
            probability: hit.probability,
            likelihood,
            parts: self.parts(&understood, &hit)?,
            reasons,
            passage: self.explained_passage(&understood, hit.passage.as_ref())?,
        })
    }

    /// Conditions and words of the query that keep a content out.
    fn refusals(
        &self,
        understood: &Understood<'_>,
        request: &SearchRequest,
        content: ContentId,
    ) -> Result<Vec<String>, EngineError> {
        let mut reasons = Vec::new();
        if understood.allowed.as_ref().is_some_and(|allowed| !allowed.has(content)) {
            for chip in &understood.parsed.chips {
                let Some(typed) = understood.typed.get(chip.start..chip.end) else { continue };
                let alone = query::parse(typed, today(request.offset_minutes)).filter;
                if !alone.is_empty() && !self.allowed(&alone, request.offset_minutes)?.has(content) {
                    reasons.push(format!("It does not fit “{typed}”."));
                }
            }
            if reasons.is_empty() {
                reasons.push("It does not fit the conditions of the search.".into());
            }
        }
        if self.excluded(&understood.query)?.contains(&content) {
            reasons.push("It holds a word that must not occur.".into());
        }
        if understood.examples.contents.contains(&content) {
            reasons.push("It is one of the examples themselves.".into());
        }
        Ok(reasons)
    }

    /// What a search finds that looks at nothing else.
    fn alone(
        &self,
        wanted: &Wanted<'_>,
        row: &FileRow,
        content: ContentId,
        family: Family,
    ) -> Result<Option<Judged>, EngineError> {
        let passages: Vec<_> = self.store.passages_of(content)?.into_iter().map(|row| row.id).collect();
        let only = Allowed::only(content, row.id, family, &passages);
        let found = self.candidates(&Wanted { allowed: Some(&only), scope: Scope::All, ..*wanted })?.ranked;
        Ok(self.judged(wanted.query, found, Some(&only))?.into_iter().next())
    }

    fn parts(&self, understood: &Understood<'_>, hit: &Judged) -> Result<Vec<ExplainedPart>, EngineError> {
        let Judged { ranked, first, passage, .. } = hit;
        let coverage = Coverage::of(&understood.query);
        let text = self.text_model().map(|model| model.lines());
        let look = self.photo_model().map(|model| model.lines());
        let cosine = |cosine: Option<f32>, lines: &Option<cairn_embed::Relevance>| match (cosine, lines) {
            (Some(cosine), Some(lines)) => {
                format!("cosine {cosine:.2}; here {:.2} is possible, {:.2} likely", lines.floor, lines.likely)
            }
            _ => String::new(),
        };
        let held = passage.as_ref().map_or("", |passage| passage.text.as_str());
        let parts = [
            ("Words", WORDS, listed(&coverage.occurring(held))),
            ("Name", NAMES, listed(&coverage.occurring(&super::hits::names_of(&first.file)))),
            ("Meaning", MEANING, cosine(ranked.text_cosine, &text)),
            ("Look", LOOK, cosine(ranked.photo_cosine, &look)),
            (
                "Seen in it",
                TAGS,
                ranked.tagged.map(|sure| format!("{:.0} % sure", sure * 100.0)).unwrap_or_default(),
            ),
            ("Name and place", ABOUT, cosine(ranked.about, &text)),
        ];
        let mut parts: Vec<ExplainedPart> = parts
            .into_iter()
            .map(|(channel, at, detail)| ExplainedPart {
                channel: channel.to_owned(),
                share: share(ranked, at),
                detail,
            })
            .filter(|part| part.share > 0.0)
            .collect();
        parts.sort_by(|a, b| b.share.total_cmp(&a.share));
        Ok(parts)
    }

    fn explained_passage(
        &self,
        understood: &Understood<'_>,
        passage: Option<&PassageRow>,
    ) -> Result<Option<ExplainedPassage>, EngineError> {
        let Some(passage) = passage else { return Ok(None) };
        let asked = self.ask_text_model(&plain_text(&understood.parsed.text, &understood.query))?;
        let Some(asked) = understood.examples.text.moved(asked.as_ref()) else { return Ok(None) };
        let encoder = &asked.model.encoder;
        let shares =
            encoder.run(Lane::Interactive, |encoder| encoder.shares(&passage.text, &asked.vector))??;
        let shares = shares.unwrap_or_default();
        let cosine = match shares.is_empty() {
            false => shares.iter().map(|token| token.share).sum(),
            true => {
                let vectors =
                    encoder.run(Lane::Interactive, |encoder| encoder.embed_passages(&[&passage.text]))??;
                vectors.first().map_or(0.0, |passage| vector::dot(passage, &asked.vector))
            }
        };
        let words =
            whole_words(&passage.text, shares.iter().map(|token| (token.start, token.end, token.share)));
        let sentences = answers::sentences(&passage.text).into_iter().map(|sentence| {
            let inside = words.iter().filter(|word| sentence.contains(&word.0));
            (sentence.start, sentence.end, inside.map(|word| word.2).sum())
        });
        let sentences: Vec<_> = if words.is_empty() { Vec::new() } else { sentences.collect() };
        Ok(Some(ExplainedPassage {
            passage: passage.id,
            text: passage.text.clone(),
            cosine,
            words: in_utf16(&passage.text, &words),
            sentences: in_utf16(&passage.text, &sentences),
        }))
    }

    /// Which parts of a photo speak for a query's words.
    pub(crate) fn heat(&self, file: FileId, request: &SearchRequest) -> Result<HeatMap, EngineError> {
        let row = self.file(file)?;
        let model = self.photo_model().ok_or_else(|| {
            EngineError::model_missing("Looking into photos needs a photo model. Get one in the settings.")
        })?;
        let understood = self.understood(request, None)?;
        let text = plain_text(&understood.parsed.text, &understood.query);
        let query = match text.is_empty() {
            true => None,
            false => Some(model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(&text))??),
        };
        let query = understood.examples.photo.moved(query.as_deref());
        let query = query.ok_or_else(|| EngineError::user("There are no words to look for in the photo."))?;
        let pixels = Worker::picture(&mut self.start_worker()?, &row.path, model.input_side)
            .map_err(|problem| EngineError::user(format!("{}: {problem}", row.name)))?;
        let (cosine, values) =
            model.encoder.run(Lane::Interactive, |encoder| encoder.heat(&pixels, &query, CELLS))??;
        Ok(HeatMap { side: CELLS, values, cosine })
    }
}

fn nothing(reasons: Vec<String>) -> Explanation {
    let likelihood = Likelihood::Weak;
    Explanation { place: None, probability: 0.0, likelihood, parts: Vec::new(), reasons, passage: None }
}

fn unread(row: &FileRow) -> String {
    match (&row.state, &row.problem) {
        (FileState::Pending, _) => "It was not read yet: only its name can be found.".into(),
        (_, Some(problem)) => format!("It cannot be read: {}", problem.code.sentence()),
        _ => "It holds nothing that can be found.".into(),
    }
}

fn share(ranked: &Ranked, channel: usize) -> f32 {
    ranked.shares.get(channel).copied().unwrap_or_default()
}

fn listed(words: &[String]) -> String {
    words.join(", ")
}

/// Shares of tokens as those of the words that they are parts of: bytes from, to, and the share.
fn whole_words(text: &str, tokens: impl Iterator<Item = (usize, usize, f32)>) -> Vec<(usize, usize, f32)> {
    let mut words: Vec<(usize, usize, f32)> = Vec::new();
    for (start, end, share) in tokens {
        let goes_on = |last: &(usize, usize, f32)| {
            last.1 == start
                && text[..start].chars().next_back().is_some_and(char::is_alphanumeric)
                && text[start..].chars().next().is_some_and(char::is_alphanumeric)
        };
        match words.last_mut().filter(|last| goes_on(last)) {
            Some(last) => *last = (last.0, end, last.2 + share),
            None => words.push((start, end, share)),
        }
    }
    words
}

fn in_utf16(text: &str, parts: &[(usize, usize, f32)]) -> Vec<TextShare> {
    let ranges: Vec<_> = parts.iter().map(|part| part.0..part.1).collect();
    let shares = utf16_ranges(text, &ranges).into_iter().zip(parts);
    shares.map(|((start, end), part)| TextShare { start, end, share: part.2 }).collect()
}
