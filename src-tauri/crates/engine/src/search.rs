//! One query, three channels, one ranked list.
//!
//! Words (FTS5 over passages and over names), meaning (text vectors) and look (photo vectors) each rank the
//! contents of the library; their normalised scores are combined (see `cairn_insight::fuse::convex`), documents and
//! photos each by themselves, since no document has a look and few photos have a text. In the joined list the scores of either
//! are scaled by how sure its best hit is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use cairn_core::{Condition, ContentId, Family, Filter, Kind, PassageId};
use cairn_embed::Relevance;
use cairn_insight::words::{content_stems, is_stop_word};
use cairn_insight::{fuse, highlight, query};
use cairn_store::{FileRow, FileState, FirstFile, KeywordQuery, PassageRow};

use crate::api::{
    Channels, Chip, Hit, Likelihood, Marked, Mode, Scope, SearchRequest, SearchResponse, UnreadFile,
};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;
use crate::library::title;
use crate::models::TextModel;
use crate::space::Near;
use crate::text::marked;

/// Bytes of a query that are read: more is not a search but a document.
const MAX_QUERY: usize = 4_000;
/// Candidates that each channel brings.
const CANDIDATES: usize = 200;
/// Files shown of those that are known by their names alone.
const MOST_UNREAD: usize = 50;
/// Passages looked at for words that must not occur.
const MAX_EXCLUDED: usize = 10_000;
/// Characters of a snippet.
const SNIPPET_CHARS: usize = 240;

/// Weights of the channels, tuned on Cranfield and CISI (`cairn eval beir`). A name is a weaker sign than a text.
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
const WORDS: usize = 0;
const NAMES: usize = 1;
const MEANING: usize = 2;
const LOOK: usize = 3;
const TAGS: usize = 4;
const ABOUT: usize = 5;

/// A content and why it was found.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    pub content: ContentId,
    pub score: f32,
    /// Share of each channel in the score.
    shares: Vec<f32>,
    /// The passage that matched best.
    pub passage: Option<PassageId>,
    text_cosine: Option<f32>,
    photo_cosine: Option<f32>,
    /// How likely the photo shows what the query's words say, by its tags.
    tagged: Option<f32>,
    /// Cosine of the query and what name, folder, place and month say.
    about: Option<f32>,
    /// Everything that was asked for is known to hold: there were conditions and no words.
    listed: bool,
}

impl Ranked {
    /// A photo that was found by its look alone.
    pub(crate) fn by_look(content: ContentId, cosine: f32) -> Ranked {
        let mut shares = vec![0.0; LOOK + 1];
        shares[LOOK] = 1.0;
        let score = cosine.max(0.0);
        Ranked {
            content,
            score,
            shares,
            passage: None,
            text_cosine: None,
            photo_cosine: Some(cosine),
            tagged: None,
            about: None,
            listed: false,
        }
    }

    fn listed(content: ContentId) -> Ranked {
        Ranked {
            content,
            score: 1.0,
            shares: Vec::new(),
            passage: None,
            text_cosine: None,
            photo_cosine: None,
            tagged: None,
            about: None,
            listed: true,
        }
    }
}

/// What one channel found: contents with the best score of each, and the passages behind them.
#[derive(Default)]
struct Found {
    /// Best first, each content once.
    contents: Vec<(i64, f32)>,
    passages: HashMap<ContentId, (PassageId, f32)>,
}

/// What each channel found in one family.
#[derive(Default)]
struct ByChannel {
    words: Found,
    names: Found,
    meaning: Found,
    look: Found,
    tags: Found,
    /// What names, folders, places and months mean.
    about: Found,
}

impl Found {
    /// How sure the best hit is, 0 to 1, by the model's lines of relevance.
    fn certainty(&self, lines: Option<&Relevance>) -> f32 {
        let best = self.contents.iter().map(|(_, cosine)| *cosine).fold(f32::NEG_INFINITY, f32::max);
        lines.map_or(0.0, |lines| certainty(best, lines))
    }

    fn passage(&mut self, content: ContentId, passage: PassageId, score: f32) {
        if let std::collections::hash_map::Entry::Vacant(slot) = self.passages.entry(content) {
            slot.insert((passage, score));
            self.contents.push((content.0, score));
        }
    }

    fn score(&self, content: ContentId) -> Option<f32> {
        self.passages.get(&content).map(|(_, score)| *score)
    }
}

/// A query as a text model understands it.
struct Asked {
    model: Arc<TextModel>,
    vector: Vec<f32>,
}

/// What all channels found.
pub(crate) struct Candidates {
    pub ranked: Vec<Ranked>,
    pub notes: Vec<String>,
    /// How the vectors of each space were searched.
    pub plans: Vec<String>,
    /// How many documents and photos there are in all, where everything that is allowed was listed.
    listed: Option<(usize, usize)>,
}

/// What is allowed, the newest first, where there is nothing else to go by.
fn listed(allowed: &Allowed, scope: Scope, limit: usize) -> Candidates {
    let all: Vec<_> = allowed.listed(scope).collect();
    let documents = all.iter().filter(|file| file.family == Family::Document).count();
    Candidates {
        ranked: all.iter().take(limit).map(|file| Ranked::listed(file.content)).collect(),
        notes: Vec::new(),
        plans: Vec::new(),
        listed: Some((documents, all.len() - documents)),
    }
}

/// The day on a clock that is so many minutes ahead of UTC.
pub(crate) fn today(offset_minutes: i32) -> time::Date {
    let now = time::OffsetDateTime::now_utc();
    now.checked_add(time::Duration::minutes(i64::from(offset_minutes))).unwrap_or(now).date()
}

impl Inner {
    pub(crate) fn search(&self, request: &SearchRequest) -> Result<SearchResponse, EngineError> {
        let started = Instant::now();
        let limit = request.limit.clamp(1, 500);
        let typed = &request.query[..request.query.floor_char_boundary(MAX_QUERY)];
        let parsed = query::parse(typed, today(request.offset_minutes));
        let allowed = if parsed.filter.is_empty() {
            None
        } else {
            Some(self.allowed(&parsed.filter, request.offset_minutes)?)
        };
        let query = KeywordQuery::parse(&parsed.text);
        let mut candidates = match &allowed {
            Some(allowed) if query.is_empty() && query.excluded.is_empty() => {
                listed(allowed, request.scope, limit)
            }
            _ => self.candidates(&parsed.text, &query, request.mode, request.scope, allowed.as_deref())?,
        };
        if typed.len() < request.query.len() {
            candidates.notes.push(format!("Only the first {MAX_QUERY} bytes of the query were read."));
        }
        if parsed.similar.is_some() {
            candidates.notes.push("To find what is similar to a file, open it and choose “Similar”.".into());
        }
        let contents: Vec<ContentId> = candidates.ranked.iter().map(|ranked| ranked.content).collect();
        let mut files = self.store.first_file_of_contents(&contents)?;
        if let Some(allowed) = &allowed {
            self.show_allowed(allowed, &mut files)?;
        }
        let passages = self.passages_of(&candidates.ranked)?;

        let mut response = SearchResponse {
            hits: Vec::new(),
            documents: 0,
            photos: 0,
            weak_hidden: 0,
            took_ms: 0.0,
            notes: candidates.notes,
            plans: candidates.plans,
            chips: parsed.chips.iter().map(|chip| Chip::of(chip, typed)).collect(),
            unread: self.unread(request, &parsed.filter, &query)?,
        };
        for ranked in &candidates.ranked {
            let Some(first) = files.remove(&ranked.content) else { continue };
            let passage = ranked.passage.and_then(|id| passages.get(&id));
            let Some(hit) = self.hit(&query, ranked, first, passage) else { continue };
            if hit.likelihood == Likelihood::Weak && !request.include_weak {
                response.weak_hidden += 1;
                continue;
            }
            match hit.family {
                Family::Document => response.documents += 1,
                Family::Photo => response.photos += 1,
            }
            if response.hits.len() < limit {
                response.hits.push(hit);
            }
        }
        if let Some((documents, photos)) = candidates.listed {
            (response.documents, response.photos) = (documents, photos);
        }
        response.took_ms = started.elapsed().as_secs_f64() * 1e3;
        Ok(response)
    }

    /// Files that nothing but their names can find.
    fn unread(
        &self,
        request: &SearchRequest,
        filter: &Filter,
        query: &KeywordQuery,
    ) -> Result<Vec<UnreadFile>, EngineError> {
        if request.mode == Mode::Vector || (query.is_empty() && filter.is_empty()) {
            return Ok(Vec::new());
        }
        let mut filter = filter.clone();
        filter.all.extend(match request.scope {
            Scope::All => None,
            Scope::Documents => Some(vec![Condition::Family(Family::Document)]),
            Scope::Photos => Some(vec![Condition::Family(Family::Photo)]),
        });
        let files = self.store.unread_files(query, &filter, request.offset_minutes, MOST_UNREAD)?;
        Ok(files
            .into_iter()
            .map(|row| UnreadFile {
                file: row.id,
                root: row.root,
                kind: Kind::of_file_name(&row.name),
                size: row.size,
                date_ms: row.modified_ms(),
                waits: row.state == FileState::Pending,
                name: row.name,
                folder: row.folder,
            })
            .collect())
    }

    /// Of contents whose first file is not allowed, another that is.
    fn show_allowed(
        &self,
        allowed: &Allowed,
        files: &mut HashMap<ContentId, FirstFile>,
    ) -> Result<(), EngineError> {
        for (content, first) in files.iter_mut() {
            if let Some(file) = allowed.file(*content)
                && file != first.file.id
                && let Some(row) = self.store.file(file)?
            {
                first.file = row;
            }
        }
        Ok(())
    }

    /// Contents in the order of their fused scores.
    pub(crate) fn candidates(
        &self,
        text: &str,
        query: &KeywordQuery,
        mode: Mode,
        scope: Scope,
        allowed: Option<&Allowed>,
    ) -> Result<Candidates, EngineError> {
        let (mut notes, mut plans) = (Vec::new(), Vec::new());
        if text.trim().is_empty() {
            return Ok(Candidates { ranked: Vec::new(), notes, plans, listed: None });
        }
        let plain = plain_text(text, query);
        let (mut documents, mut photos) = (ByChannel::default(), ByChannel::default());
        if mode != Mode::Vector {
            (documents.words, photos.words) = self.by_family(self.by_words(query, allowed)?)?;
            if scope != Scope::Photos {
                documents.names = self.by_names(query, Family::Document, allowed)?;
            }
            if scope != Scope::Documents {
                photos.names = self.by_names(query, Family::Photo, allowed)?;
            }
        }
        if mode != Mode::Keyword {
            // Photos can do without it: most have no text.
            let asked = self.ask_text_model(&plain)?;
            match &asked {
                Some(asked) => {
                    let meaning = self.by_meaning(asked, query, allowed, &mut plans)?;
                    (documents.meaning, photos.meaning) = self.by_family(meaning)?;
                    let about = self.by_description(asked, allowed)?;
                    (documents.about, photos.about) = self.by_family(about)?;
                }
                None if scope != Scope::Photos && self.text_model().is_none() => {
                    notes.push("Search by meaning needs a text model: only words are searched now.".into())
                }
                None => {}
            }
            if scope != Scope::Documents {
                photos.look = self.by_look(&plain, asked.as_ref(), allowed, &mut notes, &mut plans)?;
                photos.tags = self.by_tags(&plain, allowed)?;
            }
        }
        match scope {
            Scope::All => {}
            Scope::Documents => photos = ByChannel::default(),
            Scope::Photos => documents = ByChannel::default(),
        }
        let text = self.text_model().map(|model| &model.entry.relevance);
        let in_text = self.coverage_of_best(query, &documents.words)?;
        let mut ranked = fused(
            &documents,
            Weights {
                words: WORDS_WEIGHT * in_text,
                names: NAMES_WEIGHT,
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
        let mut pictures = fused(
            &photos,
            Weights {
                words: WORDS_WEIGHT * in_photo_text,
                names: WORDS_WEIGHT * in_photo_name,
                meaning: MEANING_WEIGHT * by_photo_text,
                tags: TAGS_WEIGHT * in_tags,
                about: ABOUT_WEIGHT * photos.about.certainty(text),
            },
        );
        if !ranked.is_empty() && !pictures.is_empty() {
            let look = self.photo_model().map(|model| &model.entry.relevance);
            let in_name = self.coverage_of_best_name(query, &documents.names)?;
            scale(&mut ranked, documents.meaning.certainty(text).max(ALL_WORDS * in_text.max(in_name)));
            let by_words = ALL_WORDS * in_photo_name.max(in_photo_text).max(in_tags);
            let by_words = by_words.max(ALL_WORDS * photos.about.certainty(text));
            scale(&mut pictures, photos.look.certainty(look).max(by_photo_text).max(by_words));
        }
        ranked.append(&mut pictures);
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.content.cmp(&b.content)));
        let excluded = self.excluded(query)?;
        ranked.retain(|ranked| !excluded.contains(&ranked.content));
        Ok(Candidates { ranked, notes, plans, listed: None })
    }

    /// Documents with a word or phrase that must not occur: the meaning knows nothing of it, and another passage of
    /// the same document would bring the document back.
    fn excluded(&self, query: &KeywordQuery) -> Result<HashSet<ContentId>, EngineError> {
        let mut contents = HashSet::new();
        for phrase in &query.excluded {
            let only = KeywordQuery { phrases: vec![phrase.clone()], ..KeywordQuery::default() };
            let found = self.store.search_passages(&only, MAX_EXCLUDED, None)?;
            contents.extend(found.into_iter().map(|(_, content, _)| content));
        }
        Ok(contents)
    }

    /// The share of the query's words that the best passage by words has. BM25 tells how passages compare with one
    /// another, not how well the best of them fits.
    fn coverage_of_best(&self, query: &KeywordQuery, words: &Found) -> Result<f32, EngineError> {
        let best = words.contents.first().and_then(|(content, _)| words.passages.get(&ContentId(*content)));
        let Some((passage, _)) = best else { return Ok(0.0) };
        let wanted = telling(marked_words(query));
        let row = self.store.passages(&[*passage])?;
        let text = row.first().map_or("", |row| row.text.as_str());
        Ok(covered(&wanted, text, "") as f32 / wanted.len().max(1) as f32)
    }

    /// The share of the query's words that the best name has, its folder included.
    fn coverage_of_best_name(&self, query: &KeywordQuery, names: &Found) -> Result<f32, EngineError> {
        let best: Vec<ContentId> =
            names.contents.iter().take(1).map(|(content, _)| ContentId(*content)).collect();
        let wanted = telling(marked_words(query));
        let in_name = self
            .store
            .first_file_of_contents(&best)?
            .into_values()
            .next()
            .map_or(0, |first| covered(&wanted, "", &names_of(&first.file)));
        Ok(in_name as f32 / wanted.len().max(1) as f32)
    }

    fn by_words(&self, query: &KeywordQuery, allowed: Option<&Allowed>) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let allowed = allowed.map(|allowed| allowed.json.as_str());
        for (passage, content, score) in self.store.search_passages(query, CANDIDATES, allowed)? {
            found.passage(content, passage, score);
        }
        Ok(found)
    }

    /// What was found in documents, and what in photos.
    fn by_family(&self, found: Found) -> Result<(Found, Found), EngineError> {
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

    fn by_names(
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
    fn ask_text_model(&self, text: &str) -> Result<Option<Asked>, EngineError> {
        let Some(model) = self.text_model().filter(|_| !text.is_empty()) else { return Ok(None) };
        let vector = model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(text))??;
        Ok(Some(Asked { model, vector }))
    }

    fn by_meaning(
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
    fn by_description(
        &self,
        Asked { model, vector }: &Asked,
        allowed: Option<&Allowed>,
    ) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let mut seen = HashSet::new();
        for (content, cosine) in self.described(model, vector)? {
            let is_allowed = allowed.is_none_or(|allowed| allowed.has(content));
            if cosine >= model.entry.relevance.likely && is_allowed && seen.insert(content) {
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

    fn by_look(
        &self,
        text: &str,
        asked: Option<&Asked>,
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
        if text.is_empty() {
            return Ok(found);
        }
        // Many photo models read words with a text model: then its vector is known.
        let known = asked.filter(|asked| model.entry.text_model.as_ref() == Some(&asked.model.entry.id));
        let vector = match known {
            Some(asked) => asked.vector.clone(),
            None => model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(text))??,
        };
        let near =
            model.space.search(&self.store, &vector, CANDIDATES, allowed.map(|allowed| &allowed.photos))?;
        plans.push(format!("Photos: {}", near.plan));
        found.contents = near.hits;
        Ok(found)
    }

    /// Photos in which the photo model saw what the query's words say. The score is the mean over the query's words, of each
    /// the confidence of the likeliest tag that has it.
    fn by_tags(&self, text: &str, allowed: Option<&Allowed>) -> Result<Found, EngineError> {
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

    fn passages_of(&self, ranked: &[Ranked]) -> Result<HashMap<PassageId, PassageRow>, EngineError> {
        let ids: Vec<PassageId> = ranked.iter().filter_map(|ranked| ranked.passage).collect();
        Ok(self.store.passages(&ids)?.into_iter().map(|row| (row.id, row)).collect())
    }

    pub(crate) fn hit(
        &self,
        query: &KeywordQuery,
        ranked: &Ranked,
        first: FirstFile,
        passage: Option<&PassageRow>,
    ) -> Option<Hit> {
        let row = first.file;
        let words = telling(marked_words(query));
        let likelihood = self.likelihood(&words, ranked, &row, passage);
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
            passage: passage.map(|passage| passage.id),
            snippet: passage.map(|passage| snippet(&passage.text, &words)),
            page: passage.and_then(|passage| passage.page),
            date_ms,
            hash: content.hash,
            pixels: content.photo.map(|photo| (photo.width, photo.height)),
            score: ranked.score,
            likelihood,
            channels: Channels {
                words: share(WORDS) + share(NAMES) + share(TAGS),
                meaning: share(MEANING) + share(ABOUT),
                look: share(LOOK),
                text_cosine: ranked.text_cosine,
                photo_cosine: ranked.photo_cosine,
            },
            copies: usize::try_from(first.copies).unwrap_or(usize::MAX),
        })
    }

    /// The better of what the cosine says and what the words say.
    fn likelihood(
        &self,
        words: &[String],
        ranked: &Ranked,
        row: &FileRow,
        passage: Option<&PassageRow>,
    ) -> Likelihood {
        if ranked.listed {
            return Likelihood::Likely;
        }
        let by_meaning = ranked
            .text_cosine
            .into_iter()
            .chain(ranked.about)
            .reduce(f32::max)
            .zip(self.text_model())
            .map(|(cosine, model)| by_cosine(cosine, &model.entry.relevance));
        let by_look = ranked
            .photo_cosine
            .zip(self.photo_model())
            .map(|(cosine, model)| by_cosine(cosine, &model.entry.relevance));
        let by_tags = ranked.tagged.map(by_confidence);
        let text = passage.map_or("", |passage| passage.text.as_str());
        let by_words = by_coverage(words, text, &format!("{} {}", title(row), names_of(row)));
        [by_meaning, by_look, by_tags, Some(by_words)].into_iter().flatten().max().unwrap_or(Likelihood::Weak)
    }
}

/// What a file is called and where it lies, and what else is known of what it holds (place, month, camera, author).
fn names_of(row: &FileRow) -> String {
    let held = row.content.as_ref().map_or("", |content| content.words.as_str());
    format!("{} {} {held}", spaced(&row.name), row.folder)
}

/// Words of a file name that are joined by other signs than spaces.
fn spaced(name: &str) -> String {
    name.replace(['_', '-', '.'], " ")
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
                listed: false,
                shares: fused.shares,
            }
        })
        .collect()
}

/// What is embedded: the query as it was typed, or its words where it holds operators, which mean nothing to a
/// model.
fn plain_text(typed: &str, query: &KeywordQuery) -> String {
    if query.phrases.is_empty() && query.excluded.is_empty() {
        return typed.trim().to_owned();
    }
    query.words.iter().chain(&query.phrases).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The words whose occurrences are marked.
pub(crate) fn marked_words(query: &KeywordQuery) -> Vec<String> {
    let phrases = query.phrases.iter().flat_map(|phrase| phrase.split_whitespace().map(str::to_owned));
    query.words.iter().cloned().chain(phrases).collect()
}

pub(crate) fn snippet(text: &str, words: &[String]) -> Marked {
    let (window, marks) = highlight::snippet(text, words, SNIPPET_CHARS);
    let shown = text.get(window.clone()).unwrap_or_default();
    let marks: Vec<_> = marks
        .into_iter()
        .map(|mark| mark.start.saturating_sub(window.start)..mark.end.saturating_sub(window.start))
        .collect();
    marked(shown, &marks)
}

fn by_confidence(confidence: f32) -> Likelihood {
    match confidence {
        c if c >= 0.75 => Likelihood::VeryLikely,
        c if c >= 0.5 => Likelihood::Likely,
        c if c >= 0.25 => Likelihood::Possible,
        _ => Likelihood::Weak,
    }
}

fn by_cosine(cosine: f32, lines: &Relevance) -> Likelihood {
    match cosine {
        c if c >= lines.very_likely => Likelihood::VeryLikely,
        c if c >= lines.likely => Likelihood::Likely,
        c if c >= lines.floor => Likelihood::Possible,
        _ => Likelihood::Weak,
    }
}

/// 0 to 1: a quarter at the floor, a half where a hit is likely, three quarters where it is very likely.
fn certainty(cosine: f32, lines: &Relevance) -> f32 {
    let (floor, likely, very_likely) = (lines.floor, lines.likely, lines.very_likely);
    let points = [2.0 * floor - likely, floor, likely, very_likely, 2.0 * very_likely - likely];
    let below = points.windows(2).position(|pair| cosine < pair[1]).unwrap_or(points.len() - 2);
    let share = (cosine - points[below]) / (points[below + 1] - points[below]);
    ((below as f32 + share) / 4.0).clamp(0.0, 1.0)
}

/// Without the words that stand everywhere, unless the query has no others.
pub(crate) fn telling(words: Vec<String>) -> Vec<String> {
    let kept: Vec<String> = words.iter().filter(|word| !is_stop_word(word)).cloned().collect();
    if kept.is_empty() { words } else { kept }
}

/// How likely a hit is by its words alone: every word in the passage or the name, or most of them.
fn by_coverage(words: &[String], text: &str, name: &str) -> Likelihood {
    match (covered(words, text, name), words.len()) {
        (0, _) => Likelihood::Weak,
        (found, all) if found == all && all > 1 => Likelihood::Likely,
        (found, all) if found == all || found * 3 >= all * 2 => Likelihood::Possible,
        _ => Likelihood::Weak,
    }
}

/// How many of the words occur in the text or the name.
fn covered(words: &[String], text: &str, name: &str) -> usize {
    let occurs = |word: &&String| {
        let word = std::slice::from_ref(*word);
        !highlight::matches(text, word).is_empty() || !highlight::matches(name, word).is_empty()
    };
    words.iter().filter(occurs).count()
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
