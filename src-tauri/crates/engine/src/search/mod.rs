//! One query, several channels, one ranked list.
//!
//! Words (FTS5 over passages and over names), meaning (text vectors) and look (photo vectors) each rank the
//! contents of the library (`channels`); their normalised scores are combined (`ranking`, `cairn_insight::fuse::convex`),
//! documents and photos each by themselves, since no document has a look and few photos have a text. `hits` says how
//! likely each is what was meant, `arrange` what is shown of them, and in which order. Files and pictures that results
//! should be like, or unlike, move the vectors of the query (`examples`).

mod arrange;
mod channels;
mod examples;
mod explain;
mod hits;
mod passages;
mod ranking;
mod rerank;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use cairn_core::{Condition, ContentId, Family, Filter, Kind};
use cairn_insight::query;
use cairn_store::{FileState, FirstFile, KeywordQuery};

use crate::api::{Chip, Likelihood, Mode, Scope, SearchRequest, SearchResponse, UnreadFile};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::filters::Allowed;
use channels::{ByChannel, Found};
use examples::Examples;
pub(crate) use hits::{marked_words, telling};
pub(crate) use ranking::Ranked;

/// Bytes of a query that are read: more is not a search but a document.
const MAX_QUERY: usize = 4_000;
/// Hits of one search.
const MOST: usize = 500;
/// Files shown of those that are known by their names alone.
const MOST_UNREAD: usize = 50;

/// What was found in documents, and what in photos.
type ByFamily = (Found, Found);

/// What is searched for, understood.
pub(crate) struct Wanted<'a> {
    /// What was typed, without what became conditions.
    pub text: &'a str,
    /// The same, as words.
    pub query: &'a KeywordQuery,
    pub mode: Mode,
    pub scope: Scope,
    /// What the conditions leave; `None`: there are none.
    pub allowed: Option<&'a Allowed>,
    pub examples: &'a Examples,
}

impl<'a> Wanted<'a> {
    /// Documents, by words alone.
    pub(crate) fn documents(text: &'a str, query: &'a KeywordQuery, mode: Mode) -> Wanted<'a> {
        Wanted { text, query, mode, scope: Scope::Documents, allowed: None, examples: Examples::none() }
    }
}

/// A request, taken apart.
struct Understood<'a> {
    /// What is read of the query.
    typed: &'a str,
    parsed: query::Parsed,
    allowed: Option<Arc<Allowed>>,
    query: KeywordQuery,
    examples: Examples,
    /// What of it cannot be taken into account.
    notes: Vec<String>,
}

impl Understood<'_> {
    fn wanted(&self, request: &SearchRequest) -> Wanted<'_> {
        Wanted {
            text: &self.parsed.text,
            query: &self.query,
            mode: request.mode,
            scope: request.scope,
            allowed: self.allowed.as_deref(),
            examples: &self.examples,
        }
    }
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
        self.search_like(request, None)
    }

    /// Searches for what is also like a picture that need not be in the library, given by its vector.
    pub(crate) fn search_like(
        &self,
        request: &SearchRequest,
        picture: Option<Vec<f32>>,
    ) -> Result<SearchResponse, EngineError> {
        let started = Instant::now();
        let limit = request.limit.clamp(1, MOST);
        let understood = self.understood(request, picture)?;
        let Understood { typed, parsed, query, examples, .. } = &understood;
        let allowed = understood.allowed.as_deref();
        let mut candidates = match allowed {
            Some(allowed) if query.is_empty() && query.excluded.is_empty() && examples.is_empty() => {
                listed(allowed, request.scope, limit)
            }
            _ => self.candidates(&understood.wanted(request))?,
        };
        if request.rerank {
            self.reranked(&plain_text(&parsed.text, query), &mut candidates.ranked)?;
        }
        let mut notes = understood.notes.clone();
        notes.extend(candidates.notes);
        let mut judged = self.judged(query, candidates.ranked, allowed)?;
        let found = judged.len();
        judged.retain(|hit| Likelihood::of(hit.probability) >= request.at_least);
        let weak_hidden = found - judged.len();
        let photos = judged.iter().filter(|hit| hit.family() == Family::Photo).count();
        let (documents, photos) = candidates.listed.unwrap_or((judged.len() - photos, photos));
        let hits = self.arranged(judged, request, limit)?;
        Ok(SearchResponse {
            hits: hits.into_iter().filter_map(|hit| self.hit(query, hit)).collect(),
            documents,
            photos,
            weak_hidden,
            notes,
            plans: candidates.plans,
            chips: parsed.chips.iter().map(|chip| Chip::of(chip, typed)).collect(),
            unread: self.unread(request, &parsed.filter, query)?,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
        })
    }

    fn understood<'a>(
        &self,
        request: &'a SearchRequest,
        picture: Option<Vec<f32>>,
    ) -> Result<Understood<'a>, EngineError> {
        let typed = &request.query[..request.query.floor_char_boundary(MAX_QUERY)];
        let parsed = query::parse(typed, today(request.offset_minutes));
        let mut notes = Vec::new();
        if typed.len() < request.query.len() {
            notes.push(format!("Only the first {MAX_QUERY} bytes of the query were read."));
        }
        let allowed = match parsed.filter.is_empty() {
            true => None,
            false => Some(self.allowed(&parsed.filter, request.offset_minutes)?),
        };
        let query = KeywordQuery::parse(&parsed.text);
        let examples = self.examples(request, parsed.similar.as_deref(), picture, &mut notes)?;
        Ok(Understood { typed, parsed, allowed, query, examples, notes })
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
    pub(crate) fn candidates(&self, wanted: &Wanted<'_>) -> Result<Candidates, EngineError> {
        let (mut notes, mut plans) = (Vec::new(), Vec::new());
        if wanted.text.trim().is_empty() && wanted.examples.is_empty() {
            return Ok(Candidates { ranked: Vec::new(), notes, plans, listed: None });
        }
        let (documents, photos) = self.channels(wanted, &mut notes, &mut plans)?;
        let mut ranked = self.ranked(wanted.query, &documents, &photos)?;
        let excluded = self.excluded(wanted.query)?;
        ranked.retain(|ranked| {
            !excluded.contains(&ranked.content) && !wanted.examples.contents.contains(&ranked.content)
        });
        Ok(Candidates { ranked, notes, plans, listed: None })
    }

    /// What each channel finds in documents, and in photos.
    fn channels(
        &self,
        wanted: &Wanted<'_>,
        notes: &mut Vec<String>,
        plans: &mut Vec<String>,
    ) -> Result<(ByChannel, ByChannel), EngineError> {
        // Words are looked up by the database while the models compute.
        let (by_words, by_models) = std::thread::scope(|scope| {
            let by_words = scope.spawn(|| self.channels_of_words(wanted));
            let by_models = self.channels_of_models(wanted, notes, plans);
            let by_words = by_words.join();
            (
                by_words.unwrap_or_else(|_| Err(EngineError::internal("the search for words stopped"))),
                by_models,
            )
        });
        let ((words, names), (mut documents, mut photos)) = (by_words?, by_models?);
        (documents.words, photos.words) = words;
        (documents.names, photos.names) = names;
        match wanted.scope {
            Scope::All => {}
            Scope::Documents => photos = ByChannel::default(),
            Scope::Photos => documents = ByChannel::default(),
        }
        Ok((documents, photos))
    }

    /// What texts and names hold of the words: of documents, and of photos.
    fn channels_of_words(&self, wanted: &Wanted<'_>) -> Result<(ByFamily, ByFamily), EngineError> {
        let &Wanted { query, mode, scope, allowed, .. } = wanted;
        if mode == Mode::Vector {
            return Ok(Default::default());
        }
        let names = |family: Family, other: Scope| match scope == other {
            true => Ok(Found::default()),
            false => self.by_names(query, family, allowed),
        };
        let in_names = (names(Family::Document, Scope::Photos)?, names(Family::Photo, Scope::Documents)?);
        Ok((self.by_family(self.by_words(query, allowed)?)?, in_names))
    }

    /// What vectors and tags find.
    fn channels_of_models(
        &self,
        wanted: &Wanted<'_>,
        notes: &mut Vec<String>,
        plans: &mut Vec<String>,
    ) -> Result<(ByChannel, ByChannel), EngineError> {
        let &Wanted { query, mode, scope, allowed, examples, .. } = wanted;
        let (mut documents, mut photos) = (ByChannel::default(), ByChannel::default());
        if mode == Mode::Keyword {
            return Ok((documents, photos));
        }
        let plain = plain_text(wanted.text, query);
        // Photos can do without it: most have no text.
        let asked = self.ask_text_model(&plain)?;
        if scope != Scope::Photos && !plain.is_empty() && self.text_model().is_none() {
            notes.push("Search by meaning needs a text model: only words are searched now.".into());
        }
        if let Some(near) = examples.text.moved(asked.as_ref()) {
            let meaning = self.by_meaning(&near, query, allowed, plans)?;
            (documents.meaning, photos.meaning) = self.by_family(meaning)?;
        }
        if let Some(asked) = &asked {
            (documents.about, photos.about) = self.by_family(self.by_description(asked, allowed)?)?;
        }
        if scope != Scope::Documents {
            photos.look = self.by_look(&plain, asked.as_ref(), examples, allowed, notes, plans)?;
            photos.tags = self.by_tags(&plain, allowed)?;
        }
        Ok((documents, photos))
    }
}

/// What is embedded: the query as it was typed, or its words where it holds operators, which mean nothing to a
/// model.
fn plain_text(typed: &str, query: &KeywordQuery) -> String {
    if query.phrases.is_empty() && query.excluded.is_empty() && query.alternatives.is_empty() {
        return typed.trim().to_owned();
    }
    query.wanted().map(String::as_str).collect::<Vec<_>>().join(" ")
}
