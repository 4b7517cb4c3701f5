//! How well the library answers the searches whose results a person marked ("this is what I meant"): before and after a
//! change of models, of dimensions, of anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use cairn_core::{ContentId, Space};
use cairn_insight::metrics;

use crate::api::{
    Evaluation, EvaluationChange, EvaluationRow, Evaluations, GoldenQuery, JobKind, Likelihood, Mode,
    SearchRequest,
};
use crate::engine::{Inner, now_ms};
use crate::error::EngineError;
use crate::jobs::JobContext;

/// Results looked at.
const LOOKED_AT: usize = 50;
/// Evaluations that are kept.
const MOST_KEPT: usize = 100;
/// Under which they are kept.
const NAME: &str = "evaluations";

impl Inner {
    pub(crate) fn evaluations(&self) -> Result<Evaluations, EngineError> {
        let past: Vec<Evaluation> = self.store.measurement(NAME)?.unwrap_or_default();
        let change = match past.as_slice() {
            [.., before, now] => change(before, now),
            _ => None,
        };
        Ok(Evaluations { golden: self.golden_queries()?.len(), past, change })
    }

    /// Measures the searches with marks, in a job.
    pub(crate) fn queue_evaluation(self: &Arc<Self>) -> Result<(), EngineError> {
        if self.golden_queries()?.is_empty() {
            return Err(EngineError::user(
                "Nothing can be measured yet: mark what a search should find with its star first.",
            ));
        }
        self.submit(JobKind::Measure, "Measuring your starred searches".into(), "searches", |inner, job| {
            let evaluation = inner.evaluate(job)?;
            let mut past: Vec<Evaluation> = inner.store.measurement(NAME)?.unwrap_or_default();
            past.push(evaluation);
            let too_many = past.len().saturating_sub(MOST_KEPT);
            past.drain(..too_many);
            inner.store.set_measurement(NAME, &past)?;
            inner.changed();
            Ok(())
        })
    }

    /// Searches with marks and the contents that they should find.
    fn golden_queries(&self) -> Result<Vec<(String, Vec<ContentId>)>, EngineError> {
        let mut queries: Vec<(String, Vec<ContentId>)> = Vec::new();
        for star in self.store.stars()? {
            match queries.iter_mut().find(|(query, _)| *query == star.query) {
                Some((_, contents)) => contents.push(star.content),
                None => queries.push((star.query, vec![star.content])),
            }
        }
        Ok(queries)
    }

    fn evaluate(&self, job: &JobContext) -> Result<Evaluation, EngineError> {
        let golden = self.golden_queries()?;
        let modes = [Mode::Hybrid, Mode::Vector, Mode::Keyword];
        job.progress.start_phase("Searching", (golden.len() * modes.len()) as u64);
        let mut rows = Vec::new();
        let mut queries: Vec<GoldenQuery> = Vec::new();
        for mode in modes {
            let (mut ndcg, mut recall, mut mrr, mut times) = (vec![], vec![], vec![], vec![]);
            for (query, wanted) in &golden {
                self.may_go_on(job)?;
                job.progress.set_item(query);
                let (ranked, took_ms) = self.contents_found(query, mode)?;
                let gains: HashMap<ContentId, f32> = wanted.iter().map(|content| (*content, 1.0)).collect();
                let relevant = wanted.iter().copied().collect();
                ndcg.push(metrics::ndcg(&ranked, &gains, 10));
                recall.push(metrics::recall(&ranked, &relevant, 10));
                mrr.push(metrics::reciprocal_rank(&ranked, &relevant, 10));
                times.push(took_ms);
                if mode == Mode::Hybrid {
                    let place = ranked.iter().position(|content| relevant.contains(content));
                    queries.push(GoldenQuery {
                        query: query.clone(),
                        wanted: wanted.len(),
                        place: place.map(|place| place + 1),
                        ndcg_10: ndcg.last().copied().unwrap_or_default(),
                    });
                }
                job.progress.advance(1);
            }
            rows.push(EvaluationRow {
                mode,
                ndcg_10: metrics::mean(&ndcg),
                recall_10: metrics::mean(&recall),
                mrr_10: metrics::mean(&mrr),
                p50_ms: metrics::percentile(&times, 50.0),
                p95_ms: metrics::percentile(&times, 95.0),
            });
        }
        Ok(Evaluation { at_ms: now_ms(), setup: self.setup()?, queries, rows })
    }

    /// Contents in the order of a search, and its milliseconds.
    fn contents_found(&self, query: &str, mode: Mode) -> Result<(Vec<ContentId>, f64), EngineError> {
        let at_least = Likelihood::Weak;
        let request = SearchRequest { mode, at_least, ..SearchRequest::words(query, LOOKED_AT) };
        // Nobody asks the same twice in a row.
        self.query_vectors.forget();
        let started = Instant::now();
        let found = self.search(&request)?;
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        let mut contents = Vec::with_capacity(found.hits.len());
        for hit in found.hits {
            let files = std::iter::once(hit.file).chain(hit.alike.iter().map(|alike| alike.file));
            for file in files {
                contents.extend(self.store.file(file)?.and_then(|row| row.content).map(|content| content.id));
            }
        }
        Ok((contents, took_ms))
    }

    /// What answers: "MiniLM L6 (English), 384 dimensions, f16".
    fn setup(&self) -> Result<String, EngineError> {
        let settings = self.store.settings()?;
        let models = [
            (Space::Text, self.text_model().map(|model| model.entry)),
            (Space::Photo, self.photo_model().map(|model| model.entry)),
        ];
        let told = models.into_iter().filter_map(|(space, entry)| {
            let (entry, form) = (entry?, settings.form(space).now);
            Some(format!("{}, {} dimensions, {}", entry.name, form.dims.of(entry.dims), form.storage.name()))
        });
        Ok(told.collect::<Vec<_>>().join("; "))
    }
}

/// What the last evaluation has over the one before, by the searches that both asked.
fn change(before: &Evaluation, now: &Evaluation) -> Option<EvaluationChange> {
    let was: HashMap<&str, f64> =
        before.queries.iter().map(|golden| (golden.query.as_str(), golden.ndcg_10)).collect();
    let pairs: Vec<(f64, f64)> = now
        .queries
        .iter()
        .filter_map(|golden| Some((golden.ndcg_10, *was.get(golden.query.as_str())?)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let (after, earlier): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let differ =
        |better: fn(f64, f64) -> bool| after.iter().zip(&earlier).filter(|(a, b)| better(**a, **b)).count();
    Some(EvaluationChange {
        queries: after.len(),
        ndcg_10: metrics::mean(&after) - metrics::mean(&earlier),
        better: differ(|now, before| now > before),
        worse: differ(|now, before| now < before),
        p: metrics::permutation_test(&after, &earlier),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(scores: &[(&str, f64)]) -> Evaluation {
        let golden = |&(query, ndcg_10): &(&str, f64)| GoldenQuery {
            query: query.into(),
            wanted: 1,
            place: None,
            ndcg_10,
        };
        Evaluation {
            at_ms: 0,
            setup: String::new(),
            queries: scores.iter().map(golden).collect(),
            rows: Vec::new(),
        }
    }

    #[test]
    fn evaluations_are_compared_by_what_both_asked() {
        let before = evaluation(&[("a", 0.5), ("b", 1.0), ("gone", 0.0)]);
        let now = evaluation(&[("b", 0.5), ("a", 1.0), ("c", 1.0)]);
        let expected = EvaluationChange { queries: 2, ndcg_10: 0.0, better: 1, worse: 1, p: 1.0 };
        assert_eq!(change(&before, &now), Some(expected));
        assert_eq!(change(&before, &evaluation(&[("new", 1.0)])), None);
    }
}
