//! What computes, how exactly, how quick each model is here, and whether a model knows the library's language.

use std::sync::Arc;
use std::time::Instant;

use cairn_core::Computing;
use cairn_embed::{ModelEntry, PhotoEncoder, Precision, Reranker, Role, TextEncoder, device_facts};
use cairn_insight::languages::{language_name, languages};
use image::RgbImage;

use crate::api::{DeviceView, JobKind, ModelSpeed};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::models::known;

/// Passages that are looked at to find out which languages the library is in.
const LANGUAGE_SAMPLE: usize = 120;
/// Share of the passages from which on a language that a model does not know is worth a warning.
const MANY: f32 = 0.1;
/// Passages, or photos, that a model's speed is measured with.
const MEASURED: usize = 64;
/// Queries, of which the middle one counts.
const QUERIES: usize = 9;
/// About 100 words of the kind that documents hold.
const PASSAGE: &str = "The committee met on the third of May to consider the repair of the roof, which had suffered in the \
    storms of February. Two offers had been received. The first, from a company in the neighbouring town, included new \
    gutters and a guarantee of ten years; the second was cheaper by a fifth and left the gutters as they were. After some \
    discussion it was decided to accept the first, on condition that the work begins before the end of June, and to pay for \
    it from the reserve. The treasurer will write to both companies within the week and report at the next meeting.";

pub(crate) fn precision(computing: Computing) -> Precision {
    match computing {
        Computing::Exact => Precision::F32,
        Computing::Fast => Precision::Int8,
    }
}

impl Inner {
    pub(crate) fn device(&self) -> Result<DeviceView, EngineError> {
        let facts = device_facts();
        Ok(DeviceView {
            device: facts.name.into(),
            detail: facts.detail,
            reason: facts.reason,
            computing: self.store.settings()?.computing,
            fast_unavailable: facts.no_int8,
        })
    }

    /// Computes in another way from now on. Vectors made either way are alike enough to be compared.
    pub(crate) fn choose_computing(&self, computing: Computing) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        if settings.computing == computing {
            return Ok(());
        }
        settings.computing = computing;
        self.store.set_settings(&settings)?;
        self.reload_models()?;
        self.changed();
        Ok(())
    }

    /// Queues measuring how quick a model is.
    pub(crate) fn queue_measuring_model(self: &Arc<Self>, id: &str) -> Result<(), EngineError> {
        let entry = known(id)?;
        self.submit(JobKind::Measure, format!("Measuring {}", entry.name), "items", move |inner, job| {
            let computing = inner.store.settings()?.computing;
            let speed = inner.measure_model(entry, precision(computing), job)?;
            inner.store.set_measurement(&speed_name(entry), &speed)?;
            inner.changed();
            Ok(())
        })
    }

    fn measure_model(
        &self,
        entry: &ModelEntry,
        precision: Precision,
        job: &JobContext,
    ) -> Result<ModelSpeed, EngineError> {
        job.progress.start_phase("Loading the model", 0);
        match entry.role {
            Role::Text => {
                let encoder = TextEncoder::load_with(&self.models, entry, precision)?;
                let passages = [PASSAGE; MEASURED];
                measured(
                    job,
                    |part| Ok(encoder.embed_passages(&passages[part])?.len()),
                    |query| Ok(encoder.embed_query(query)?.len()),
                )
            }
            Role::Reranker => {
                let reranker = Reranker::load(&self.models, entry, precision)?;
                let passages = [PASSAGE; MEASURED];
                let score =
                    |passages: &[&str]| reranker.score("the invoice for the repair of the roof", passages);
                measured(job, |part| Ok(score(&passages[part])?.len()), |_| Ok(score(&passages[..1])?.len()))
            }
            Role::Photo => {
                let text = self.text_model();
                let encoder = PhotoEncoder::load_with(
                    &self.models,
                    entry,
                    text.as_ref().map(|model| &model.shared),
                    precision,
                )?;
                let side = 2 * encoder.input_size();
                let picture =
                    RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, (x ^ y) as u8]));
                let photos = vec![picture; MEASURED];
                measured(
                    job,
                    |part| Ok(encoder.embed_photos(&photos[part])?.len()),
                    |query| Ok(encoder.embed_query(query)?.len()),
                )
            }
        }
    }

    pub(crate) fn speed(&self, entry: &ModelEntry) -> Option<ModelSpeed> {
        self.store.measurement(&speed_name(entry)).unwrap_or_default()
    }

    /// The languages of the library's documents with their shares, the commonest first.
    pub(crate) fn library_languages(&self) -> Vec<(&'static str, f32)> {
        let texts = self.store.sample_of_passages(LANGUAGE_SAMPLE).unwrap_or_default();
        languages(texts.iter().map(String::as_str))
    }
}

/// What to know before using a model with a library in these languages; empty where there is nothing to say.
pub(crate) fn language_warning(entry: &ModelEntry, library: &[(&'static str, f32)]) -> String {
    if entry.role != Role::Text || entry.languages.is_empty() {
        return String::new();
    }
    let unknown: Vec<&(&str, f32)> = library
        .iter()
        .filter(|(code, share)| *share >= MANY && entry.languages.iter().all(|known| known != code))
        .collect();
    let Some((_, most)) = unknown.first() else { return String::new() };
    let names: Vec<&str> = unknown.iter().map(|(code, _)| language_name(code)).collect();
    format!(
        "About {:.0} % of your documents are in {}, which this model was not trained for: their meaning will be found badly.",
        (unknown.iter().map(|(_, share)| share).sum::<f32>().max(*most) * 100.0).round(),
        names.join(" and ")
    )
}

fn speed_name(entry: &ModelEntry) -> String {
    format!("speed of {}", entry.id)
}

/// Times batches of an eighth of the items, and queries one by one. What is first is not timed: it fills caches.
fn measured(
    job: &JobContext,
    mut embed: impl FnMut(std::ops::Range<usize>) -> Result<usize, EngineError>,
    mut query: impl FnMut(&str) -> Result<usize, EngineError>,
) -> Result<ModelSpeed, EngineError> {
    let part = MEASURED / 8;
    embed(0..part)?;
    job.progress.start_phase("Measuring", MEASURED as u64);
    let begun = Instant::now();
    for start in (0..MEASURED).step_by(part) {
        job.control.checkpoint()?;
        job.progress.advance(embed(start..start + part)? as u64);
    }
    let per_second = MEASURED as f64 / begun.elapsed().as_secs_f64();
    let mut times = Vec::with_capacity(QUERIES);
    for _ in 0..QUERIES {
        let begun = Instant::now();
        query("the invoice for the repair of the roof")?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(ModelSpeed { per_second, query_ms: times[QUERIES / 2] })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_warned_of_for_languages_that_it_does_not_know() {
        let mut model = cairn_embed::entry("all-minilm-l6-v2").cloned().unwrap();
        assert_eq!(language_warning(&model, &[("en", 0.95), ("de", 0.05)]), "");
        let warning = language_warning(&model, &[("de", 0.5), ("en", 0.3), ("fr", 0.15)]);
        assert!(warning.starts_with("About 65 % of your documents are in German and French"), "{warning}");
        model.languages = vec!["en".into(), "de".into(), "fr".into()];
        assert_eq!(language_warning(&model, &[("de", 0.5), ("fr", 0.15)]), "");
    }
}
