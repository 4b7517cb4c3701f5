//! Questions answered with sentences of the person's own documents, each with its source.

use std::time::Instant;

use cairn_core::{ContentId, Control, PassageId, vector};
use cairn_insight::answers;
use cairn_store::{FirstFile, KeywordQuery, PassageRow};

use crate::api::{Answer, AnswerSentence, Mode, Source};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::library::title;
use crate::search::{Wanted, marked_words};

/// Passages whose sentences are compared with the question.
const EVIDENCE: usize = 12;
/// Sentences embedded between two looks at whether the person gave up.
const SENTENCE_BATCH: usize = 16;
/// Sentences of an answer.
const MAX_SENTENCES: usize = 4;
/// Sentences shorter than this say nothing by themselves.
const MIN_SENTENCE_CHARS: usize = 12;

/// A sentence that may carry the answer.
struct Sentence {
    evidence: usize,
    /// Bytes in the passage's text.
    start: usize,
    end: usize,
    text: String,
    cosine: f32,
}

struct Evidence {
    passage: PassageRow,
    score: f32,
    file: FirstFile,
}

impl Inner {
    pub(crate) fn ask(&self, question: &str, control: &Control) -> Result<Answer, EngineError> {
        let started = Instant::now();
        let Some(model) = self.text_model() else {
            return Err(EngineError::model_missing(
                "Answering questions needs a text model. Get one under Settings, Models.",
            ));
        };
        let (evidence, mut notes) = self.evidence(question)?;
        control.checkpoint()?;
        notes.retain(|note| !note.contains("pictures"));
        let mut sentences = sentences_of(&evidence);
        let asked = model.encoder.run(Lane::Interactive, |encoder| encoder.embed_query(question))??;
        for batch in sentences.chunks_mut(SENTENCE_BATCH) {
            control.checkpoint()?;
            let texts: Vec<&str> = batch.iter().map(|sentence| sentence.text.as_str()).collect();
            let vectors =
                model.encoder.run(Lane::Interactive, |encoder| encoder.embed_passages(&texts))??;
            for (sentence, vector) in batch.iter_mut().zip(vectors) {
                sentence.cosine = vector::dot(&asked, &vector);
            }
        }
        let chosen = choose(question, &evidence, &sentences, model.lines().likely);
        let (sentences, sources) = cited(&chosen, &sentences, &evidence);
        Ok(Answer {
            found: !sentences.is_empty(),
            sentences,
            sources,
            looked_at: evidence.len(),
            passages: self.store.counts()?.passages,
            took_ms: started.elapsed().as_secs_f64() * 1e3,
            notes,
        })
    }

    fn evidence(&self, question: &str) -> Result<(Vec<Evidence>, Vec<String>), EngineError> {
        let query = KeywordQuery { unfinished: false, ..KeywordQuery::parse(question) };
        let found = self.candidates(&Wanted::documents(question, &query, Mode::Hybrid))?;
        let best: Vec<(PassageId, f32)> = found
            .ranked
            .iter()
            .filter_map(|ranked| ranked.passage.map(|passage| (passage, ranked.score)))
            .take(EVIDENCE)
            .collect();
        let ids: Vec<PassageId> = best.iter().map(|(id, _)| *id).collect();
        let passages = self.store.passages(&ids)?;
        let contents: Vec<ContentId> = passages.iter().map(|passage| passage.content).collect();
        let files = self.store.first_file_of_contents(&contents)?;
        let evidence = passages
            .into_iter()
            .filter_map(|passage| {
                let score = best.iter().find(|(id, _)| *id == passage.id)?.1;
                let file = files.get(&passage.content)?.clone();
                Some(Evidence { passage, score, file })
            })
            .collect();
        Ok((evidence, found.notes))
    }
}

fn sentences_of(evidence: &[Evidence]) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (number, item) in evidence.iter().enumerate() {
        for range in answers::sentences(&item.passage.text) {
            let Some(text) = item.passage.text.get(range.clone()) else { continue };
            if text.chars().count() >= MIN_SENTENCE_CHARS {
                let (start, end) = (range.start, range.end);
                sentences.push(Sentence { evidence: number, start, end, text: text.to_owned(), cosine: 0.0 });
            }
        }
    }
    sentences
}

/// Numbers of the sentences that carry the answer, best first; none where nothing is good enough.
fn choose(question: &str, evidence: &[Evidence], sentences: &[Sentence], line: f32) -> Vec<usize> {
    let candidates: Vec<answers::Candidate<'_>> = sentences
        .iter()
        .map(|sentence| answers::Candidate {
            text: &sentence.text,
            cosine: sentence.cosine,
            passage_score: evidence.get(sentence.evidence).map_or(0.0, |item| item.score),
            source: sentence.evidence,
        })
        .collect();
    let words = marked_words(&KeywordQuery::parse(question));
    let options = answers::Options { line, limit: MAX_SENTENCES, ..answers::Options::default() };
    answers::choose(&words, &candidates, &options)
}

/// The chosen sentences, and their sources numbered in the order in which they are first cited.
fn cited(
    chosen: &[usize],
    sentences: &[Sentence],
    evidence: &[Evidence],
) -> (Vec<AnswerSentence>, Vec<Source>) {
    let mut sources: Vec<Source> = Vec::new();
    let mut answer = Vec::new();
    for sentence in chosen.iter().filter_map(|number| sentences.get(*number)) {
        let Some(item) = evidence.get(sentence.evidence) else { continue };
        let number = match sources.iter().position(|source| source.passage == item.passage.id) {
            Some(number) => number,
            None => {
                sources.push(source(item));
                sources.len() - 1
            }
        };
        let offset = |byte: usize| u32::try_from(item.passage.start + byte).unwrap_or(u32::MAX);
        answer.push(AnswerSentence {
            text: sentence.text.clone(),
            source: number,
            score: sentence.cosine,
            focus: (offset(sentence.start), offset(sentence.end)),
        });
    }
    (answer, sources)
}

fn source(item: &Evidence) -> Source {
    Source {
        file: item.file.file.id,
        root: item.file.file.root,
        passage: item.passage.id,
        kind: item.file.file.content.as_ref().map_or(cairn_core::Kind::Other, |content| content.kind),
        title: title(&item.file.file),
        folder: item.file.file.folder.clone(),
        page: item.passage.page,
    }
}
