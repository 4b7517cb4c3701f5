//! A file in the preview pane: the text around a passage, or the facts of a photo.

use std::ops::Range;

use cairn_core::{ContentId, Family, FileId, Kind, PassageId, Tag, vector};
use cairn_insight::{answers, highlight};
use cairn_store::{FileRow, KeywordQuery, PassageRow, PhotoRow};

use crate::api::{PhotoFacts, Preview, PreviewText};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::library::{problem_view, title};
use crate::search::{marked_words, telling, today};
use crate::text::{utf16_points, utf16_ranges};

/// Bytes of text shown before and after the passage.
const SURROUNDINGS: usize = 12_000;
/// The most sentences of a passage that are compared with the query.
const MAX_SENTENCES: usize = 40;

/// What is to be previewed.
#[derive(Debug, Clone)]
pub struct PreviewRequest {
    /// The file.
    pub file: FileId,
    /// The passage to show in its surroundings; the beginning of the document without one.
    pub passage: Option<PassageId>,
    /// Bytes of the document's text to mark (the sentence of an answer).
    pub focus: Option<(u32, u32)>,
    /// The query whose matches are marked.
    pub query: Option<String>,
}

impl Inner {
    pub(crate) fn preview(&self, request: &PreviewRequest) -> Result<Preview, EngineError> {
        let row = self.file(request.file)?;
        self.read_shown(&row)?;
        let content = row.content.as_ref();
        let recognised = match content {
            Some(content) => self.store.recognised_in(content.id)?,
            None => None,
        };
        let text = match content {
            Some(content) if content.family == Family::Document || recognised.is_some() => {
                Some(self.preview_text(content.id, request)?)
            }
            _ => None,
        };
        // Most photos that were looked through have none.
        let text = text.filter(|text| recognised.is_none() || !text.text.is_empty());
        Ok(Preview {
            file: row.id,
            family: content.map(|content| content.family),
            kind: content.map_or(Kind::Other, |content| content.kind),
            title: title(&row),
            size: row.size,
            modified_ms: row.modified_ms(),
            hash: content.map(|content| content.hash),
            pages: content.and_then(|content| content.pages),
            author: content.and_then(|content| content.author.clone()),
            written_ms: content.and_then(|content| content.written_ms),
            recognised: recognised.filter(|_| text.is_some()),
            text,
            photo: content.and_then(|content| content.photo.as_ref()).map(photo_facts),
            tags: self.tags(&row)?,
            problem: row.problem.as_ref().map(problem_view),
            copies: self.copies(&row)?,
            name: row.name,
            folder: row.folder,
            root: row.root,
        })
    }

    /// What the photo model at work saw in a photo.
    fn tags(&self, row: &FileRow) -> Result<Vec<Tag>, EngineError> {
        match row.content.as_ref().zip(self.photo_model()) {
            Some((content, model)) if content.family == Family::Photo => {
                Ok(self.store.tags_of(&model.entry.id, content.id)?)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn copies(&self, row: &FileRow) -> Result<Vec<String>, EngineError> {
        let Some(content) = &row.content else { return Ok(Vec::new()) };
        let files = self.store.files_of_content(content.id)?;
        Ok(files
            .into_iter()
            .filter(|file| file.id != row.id)
            .map(|file| file.path.display().to_string())
            .collect())
    }

    fn preview_text(&self, content: ContentId, request: &PreviewRequest) -> Result<PreviewText, EngineError> {
        let passage = match request.passage {
            Some(id) => self.store.passages(&[id])?.into_iter().find(|passage| passage.content == content),
            None => None,
        };
        let around = passage.as_ref().map_or(0..0, |passage| passage.start..passage.end);
        let window = self.store.text_window(
            content,
            around.start.saturating_sub(SURROUNDINGS),
            around.end.saturating_add(SURROUNDINGS),
        )?;
        let inside = |range: Range<usize>| {
            let start = range.start.clamp(window.start, window.end) - window.start;
            let end = range.end.clamp(window.start, window.end) - window.start;
            (start < end).then_some(start..end)
        };
        let marks: Vec<Range<usize>> =
            self.marks(passage.as_ref(), request)?.into_iter().filter_map(&inside).collect();
        let shown: Vec<Range<usize>> =
            passage.as_ref().and_then(|passage| inside(passage.start..passage.end)).into_iter().collect();
        let neighbours = match &passage {
            Some(passage) => self.store.neighbours(passage.id)?,
            None => None,
        };
        let page_points: Vec<usize> =
            window.page_starts.iter().map(|(_, at)| at.saturating_sub(window.start)).collect();
        let pages = window.page_starts.iter().map(|(page, _)| *page);
        Ok(PreviewText {
            more_before: window.start > 0,
            more_after: window.end < window.total,
            passage: utf16_ranges(&window.text, &shown).first().copied(),
            marks: utf16_ranges(&window.text, &marks),
            page_starts: pages.zip(utf16_points(&window.text, &page_points)).collect(),
            ordinal: neighbours.map(|near| (near.ordinal + 1, near.count)),
            previous: neighbours.and_then(|near| near.previous),
            next: neighbours.and_then(|near| near.next),
            text: window.text,
        })
    }

    /// What to mark, in bytes of the document: the focus that was asked for, or the words of the query, or, where
    /// none of them occurs, the sentence nearest in meaning.
    fn marks(
        &self,
        passage: Option<&PassageRow>,
        request: &PreviewRequest,
    ) -> Result<Vec<Range<usize>>, EngineError> {
        if let Some((start, end)) = request.focus {
            return Ok(std::iter::once(start as usize..end as usize).collect());
        }
        let (Some(passage), Some(query)) = (passage, request.query.as_deref()) else { return Ok(Vec::new()) };
        let query = &cairn_insight::query::parse(query, today(0)).text;
        let words = telling(marked_words(&KeywordQuery::parse(query)));
        let mut marks = highlight::matches(&passage.text, &words);
        if marks.is_empty() {
            marks = self.nearest_sentence(&passage.text, query)?.into_iter().collect();
        }
        Ok(marks.into_iter().map(|mark| mark.start + passage.start..mark.end + passage.start).collect())
    }

    fn nearest_sentence(&self, text: &str, query: &str) -> Result<Option<Range<usize>>, EngineError> {
        let Some(model) = self.text_model() else { return Ok(None) };
        let mut sentences = answers::sentences(text);
        // A line at the foot of a page often repeats the title, which is near to any query that finds the document.
        if sentences.iter().any(|range| is_whole_sentence(text, range)) {
            sentences.retain(|range| is_whole_sentence(text, range));
        }
        sentences.truncate(MAX_SENTENCES);
        let texts: Vec<&str> = sentences.iter().filter_map(|range| text.get(range.clone())).collect();
        let (query, vectors) = model.encoder.run(Lane::Interactive, |encoder| {
            Ok::<_, EngineError>((encoder.embed_query(query)?, encoder.embed_passages(&texts)?))
        })??;
        let best = sentences
            .into_iter()
            .zip(vectors)
            .max_by(|a, b| vector::dot(&query, &a.1).total_cmp(&vector::dot(&query, &b.1)));
        Ok(best.map(|(range, _)| range))
    }
}

/// Whether a sentence ends as sentences do, unlike headings and running titles.
fn is_whole_sentence(text: &str, range: &Range<usize>) -> bool {
    let closing = ['"', '\'', ')', ']', '\u{201d}', '\u{2019}', '\u{bb}'];
    let sentence = text.get(range.clone()).unwrap_or_default().trim_end_matches(closing);
    sentence.ends_with(['.', '!', '?', '\u{2026}', '\u{3002}', '\u{ff01}', '\u{ff1f}'])
}

fn photo_facts(photo: &PhotoRow) -> PhotoFacts {
    PhotoFacts {
        width: photo.width,
        height: photo.height,
        taken_ms: photo.taken_ms,
        camera: photo.camera.clone(),
        lens: photo.lens.clone(),
        place: photo.place,
        place_name: photo.place_name.clone(),
    }
}
