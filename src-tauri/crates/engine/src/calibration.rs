//! From which cosine on a hit is relevant: found out on the library itself.
//!
//! What a cosine means depends on the model, and on how much there is to be near to by chance. So the library is asked for
//! what it most likely does not hold (negative controls); hits must be nearer than what that finds.

use std::sync::{Arc, PoisonError, RwLock};

use cairn_core::Space;
use cairn_embed::{ModelEntry, Relevance};
use cairn_insight::metrics::percentile;
use serde::{Deserialize, Serialize};

use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::models::{PhotoModel, TextModel};

/// What the library is asked for, a line each: of so many walks of life that few people have files about many of them.
const CONTROLS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../models/control-queries.txt"));
/// A library with fewer vectors has little that is near by chance.
const FEWEST: u64 = 200;
/// It is measured again when there are so many times as many vectors.
const GROWN: u64 = 2;

/// What was found on a library of a certain size.
#[derive(Serialize, Deserialize)]
struct Calibration {
    vectors: u64,
    lines: Relevance,
}

/// Lines of relevance from the best cosine that each control query found (any order) and the lines that are usual for the model.
///
/// Half of the controls are taken to find nothing that is meant: the median, and how far the lower half lies below it, say how
/// near things are by chance; the upper half may be about something that the library does hold. The floor is where the
/// mirrored lower half has nine of ten below it. What lies above keeps the distances that are usual for the model.
fn lines_from(best: &[f64], usual: &Relevance) -> Relevance {
    let (median, low) = (percentile(best, 50.0), percentile(best, 10.0));
    let floor = (2.0 * median - low) as f32;
    Relevance {
        floor,
        likely: floor + (usual.likely - usual.floor),
        very_likely: floor + (usual.very_likely - usual.floor),
        source: format!("{} control queries on this library", best.len()),
    }
}

impl Inner {
    /// What was found on this library for a model before.
    pub(crate) fn calibrated(
        &self,
        space: Space,
        entry: &ModelEntry,
    ) -> Result<Option<Relevance>, EngineError> {
        let known: Option<Calibration> = self.store.measurement(&name(space, entry))?;
        Ok(known.map(|known| known.lines))
    }

    /// Finds the lines of relevance of the models at work, where they are not known for a library of this size.
    pub(crate) fn calibrate(&self, job: &JobContext) -> Result<(), EngineError> {
        if let Some(model) = self.text_model() {
            let nearest = |query: &str| self.nearest_text(&model, query);
            let found = self.calibrate_space(Space::Text, model.entry, job, nearest)?;
            keep(&model.calibrated, found);
        }
        if let Some(model) = self.photo_model() {
            let nearest = |query: &str| self.nearest_photo(&model, query);
            let found = self.calibrate_space(Space::Photo, model.entry, job, nearest)?;
            keep(&model.calibrated, found);
        }
        Ok(())
    }

    fn calibrate_space(
        &self,
        space: Space,
        entry: &ModelEntry,
        job: &JobContext,
        nearest: impl Fn(&str) -> Result<Option<f32>, EngineError>,
    ) -> Result<Option<Relevance>, EngineError> {
        let vectors = self.store.vector_count(space, &entry.id)?;
        let known: Option<Calibration> = self.store.measurement(&name(space, entry))?;
        let is_known = known.is_some_and(|known| vectors < known.vectors * GROWN);
        if vectors < FEWEST || is_known {
            return Ok(None);
        }
        let mut best = Vec::new();
        for query in CONTROLS.lines() {
            job.control.checkpoint()?;
            best.extend(nearest(query)?.map(f64::from));
        }
        let lines = lines_from(&best, &entry.relevance);
        tracing::info!(model = entry.id, floor = lines.floor, "lines of relevance were found");
        self.store.set_measurement(&name(space, entry), &Calibration { vectors, lines: lines.clone() })?;
        Ok(Some(lines))
    }

    fn nearest_text(&self, model: &Arc<TextModel>, query: &str) -> Result<Option<f32>, EngineError> {
        let vector = model.encoder.run(Lane::Bulk, |encoder| encoder.embed_query(query))??;
        let near = model.space.search(&self.store, &vector, 1, None)?;
        Ok(near.hits.first().map(|(_, cosine)| *cosine))
    }

    fn nearest_photo(&self, model: &Arc<PhotoModel>, query: &str) -> Result<Option<f32>, EngineError> {
        let vector = model.encoder.run(Lane::Bulk, |encoder| encoder.embed_query(query))??;
        let near = model.space.search(&self.store, &vector, 1, None)?;
        Ok(near.hits.first().map(|(_, cosine)| *cosine))
    }
}

fn keep(calibrated: &RwLock<Option<Relevance>>, found: Option<Relevance>) {
    if found.is_some() {
        *calibrated.write().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

fn name(space: Space, entry: &ModelEntry) -> String {
    format!("relevance {} {}", space.name(), entry.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_lies_above_what_is_near_by_chance() {
        let usual = Relevance { floor: 0.2, likely: 0.3, very_likely: 0.5, source: String::new() };
        // .20 to .30 by chance; a third of the controls is about what the library holds.
        let chance = (0..=100).map(|step| 0.2 + 0.001 * f64::from(step));
        let found = lines_from(&chance.clone().collect::<Vec<_>>(), &usual);
        assert!((found.floor - 0.29).abs() < 1e-6, "{found:?}");
        assert!((found.likely - 0.39).abs() < 1e-6 && (found.very_likely - 0.59).abs() < 1e-6, "{found:?}");
        let held: Vec<f64> = chance.chain((0..50).map(|_| 0.8)).collect();
        let found = lines_from(&held, &usual);
        assert!((0.29..0.36).contains(&found.floor), "{found:?}");
    }

    #[test]
    fn the_controls_differ() {
        let mut controls: Vec<&str> = CONTROLS.lines().collect();
        let count = controls.len();
        controls.sort_unstable();
        controls.dedup();
        assert!(controls.len() == count && count >= 100, "{count}");
    }
}
