//! The form of each index (dimensions and storage): which there are, what each costs on this library, and changing it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cairn_core::{IndexForm, KeptDims, Settings, Space, Storage, vector};
use cairn_embed::ModelEntry;
use cairn_index::VectorIndex;
use serde::{Deserialize, Serialize};

use crate::api::{DimensionsView, FormChoice, FormCost, JobKind, Measured, Presets};
use crate::encoder::Lane;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;
use crate::space::{LINKED_FROM, Shape, VectorSpace};

/// Starred searches that take part in measuring.
const MAX_STARRED: usize = 100;
/// Milliseconds that nobody notices: a form is not left out for being slower than another below it.
const UNNOTICED_MS: f64 = 10.0;

/// What was found when the forms of a space were measured; kept in the library until they are measured again.
#[derive(Serialize, Deserialize)]
struct Measurement {
    measured: Measured,
    costs: Vec<FormCost>,
}

/// The forms that a model's index can have, longest first, of each length the largest storage first. A model that was
/// trained to be shortened is shortened to the lengths it was trained for.
pub(crate) fn forms(model: &ModelEntry) -> Vec<IndexForm> {
    let mut lengths: Vec<KeptDims> = Vec::new();
    for dims in KeptDims::ALL {
        let length = dims.of(model.dims);
        let new = dims == KeptDims::Full || length < model.dims;
        if new && (length == model.dims || model.matryoshka.is_empty() || model.matryoshka.contains(&length))
        {
            lengths.push(dims);
        }
    }
    lengths.into_iter().flat_map(|dims| Storage::ALL.map(|storage| IndexForm { dims, storage })).collect()
}

impl Inner {
    /// The spaces of the models that answer, text first.
    fn answering_spaces(&self) -> impl Iterator<Item = Arc<VectorSpace>> {
        let text = self.text_model().map(|model| model.space.clone());
        text.into_iter().chain(self.photo_model().map(|model| model.space.clone()))
    }

    pub(crate) fn dimensions(&self) -> Result<Vec<DimensionsView>, EngineError> {
        let settings = self.store.settings()?;
        self.answering_spaces().map(|space| self.dimensions_of(&space, &settings)).collect()
    }

    fn dimensions_of(&self, space: &VectorSpace, settings: &Settings) -> Result<DimensionsView, EngineError> {
        let model = space.model;
        let chosen = settings.form(space.space);
        let vectors = self.store.vector_count(space.space, &model.id)?;
        let measurement = self.measurement(space)?;
        let cost = |form: IndexForm| {
            let costs = measurement.as_ref().map(|found| found.costs.as_slice()).unwrap_or_default();
            costs.iter().find(|cost| cost.form == form).cloned()
        };
        let choice = |form: IndexForm| {
            let dims = form.dims.of(model.dims);
            let size = VectorIndex::estimate(dims, form.storage, vectors, is_linked(vectors));
            FormChoice {
                form,
                dims,
                memory_bytes: size.memory_bytes,
                disk_bytes: size.disk_bytes,
                cost: cost(form),
            }
        };
        let facts = space.facts();
        let behind = facts.shape != Shape::of(chosen.now, model);
        Ok(DimensionsView {
            space: space.space,
            model: model.id.clone(),
            name: model.name.clone(),
            vectors,
            full_dims: model.dims,
            matryoshka: !model.matryoshka.is_empty(),
            rotated: space.would_rotate(&self.store)?,
            current: chosen.now,
            building: behind && self.jobs().has_unfinished(JobKind::Rebuild),
            before: chosen.before,
            memory_bytes: facts.memory_bytes,
            disk_bytes: facts.disk_bytes,
            choices: forms(model).into_iter().map(choice).collect(),
            measured: measurement.map(|found| found.measured),
        })
    }

    fn measurement(&self, space: &VectorSpace) -> Result<Option<Measurement>, EngineError> {
        Ok(self.store.measurement(&measurement_name(space))?)
    }

    /// Wants another form of an index. It is built while the present one answers.
    pub(crate) fn choose_form(self: &Arc<Self>, space: Space, form: IndexForm) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        let at_work = settings.form(space).now;
        settings.form_mut(space).choose(form);
        for one in self.spaces().iter().filter(|one| one.space == space) {
            if !forms(one.model).contains(&form) {
                return Err(EngineError::user(format!(
                    "{} cannot be kept with {} dimensions; it offers {}.",
                    one.model.name,
                    form.dims.of(one.model.dims),
                    lengths(one.model)
                )));
            }
        }
        self.store.set_settings(&settings)?;
        self.changed();
        if self.spaces().iter().all(|space| space.fits(&settings)) {
            return Ok(());
        }
        let full = self.spaces().iter().find(|one| one.space == space).map_or(0, |one| one.model.dims);
        let title = format!("Changing to {} dimensions as {}", form.dims.of(full), form.storage.name());
        self.submit(JobKind::Rebuild, title, "vectors", move |inner, job| {
            let built = inner.build_where(job, |space, settings| !space.fits(settings));
            if built.is_err() {
                inner.give_up(space, form, at_work)?;
            }
            built
        })
    }

    /// A form whose index was not built is no longer wanted, unless building goes on next time.
    fn give_up(&self, space: Space, form: IndexForm, at_work: IndexForm) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        let chosen = settings.form_mut(space);
        // What was built before something else failed (linking, saving) is at work and stays.
        let is_at_work = self.spaces().iter().filter(|one| one.space == space).all(|one| one.is_in(form));
        if !self.closing.load(Ordering::Acquire) && chosen.now == form && !is_at_work {
            chosen.now = at_work;
            self.store.set_settings(&settings)?;
        }
        self.changed();
        Ok(())
    }

    /// Builds the index of every space that `is_due`, in the form of the settings.
    fn build_where(
        &self,
        job: &JobContext,
        is_due: impl Fn(&VectorSpace, &Settings) -> bool,
    ) -> Result<(), EngineError> {
        let settings = self.store.settings()?;
        for space in self.spaces().iter().filter(|space| is_due(space, &settings)) {
            let shape = Shape::of(settings.form(space.space).now, space.model);
            space.build(&self.store, shape, &job.control, &job.progress)?;
        }
        self.changed();
        Ok(())
    }

    /// Queues building the index of every space that has no usable snapshot or has seen too much come and go, and linking those
    /// that have grown large.
    pub(crate) fn build_missing_indexes(self: &Arc<Self>) -> Result<(), EngineError> {
        let is_due = |space: &VectorSpace| !space.is_built() || space.is_worn();
        if !self.spaces().iter().any(|space| is_due(space) || space.needs_linking()) {
            return Ok(());
        }
        self.submit(JobKind::Rebuild, "Building the index".into(), "vectors", move |inner, job| {
            inner.build_where(job, |space, _| is_due(space))?;
            inner.spaces().iter().try_for_each(|space| space.link(&inner.store, &job.control, &job.progress))
        })
    }

    /// A shortened index that keeps plain prefixes is built again with a rotation as soon as the library is large
    /// enough to fit one.
    pub(crate) fn rotate_if_deserved(self: &Arc<Self>) -> Result<(), EngineError> {
        let mut deserving = Vec::new();
        for space in self.spaces() {
            if space.deserves_rotation(&self.store)? {
                deserving.push(space.model.id.clone());
            }
        }
        if deserving.is_empty() {
            return Ok(());
        }
        let title = "Fitting the dimensions to your library".into();
        self.submit(JobKind::Rebuild, title, "vectors", move |inner, job| {
            inner.build_where(job, |space, _| deserving.contains(&space.model.id))
        })
    }

    /// Queues measuring every form of every index.
    pub(crate) fn queue_measuring(self: &Arc<Self>) -> Result<(), EngineError> {
        if self.jobs().has_unfinished(JobKind::Measure) {
            return Ok(());
        }
        self.submit(JobKind::Measure, "Measuring dimensions on your library".into(), "forms", |inner, job| {
            for space in inner.answering_spaces() {
                inner.measure_forms(&space, job)?;
            }
            inner.changed();
            Ok(())
        })
    }

    fn measure_forms(&self, space: &VectorSpace, job: &JobContext) -> Result<(), EngineError> {
        let of_vectors = self.store.vector_count(space.space, &space.model.id)?;
        if of_vectors == 0 {
            return Ok(());
        }
        let forms = forms(space.model);
        job.progress.start_phase(phase(space.space), forms.len() as u64);
        let starred = self.starred_vectors(space)?;
        let (vectors, queries, costs) = space.costs(&self.store, &forms, &starred, job)?;
        let presets = presets(&costs, |form| {
            let dims = form.dims.of(space.model.dims);
            VectorIndex::estimate(dims, form.storage, of_vectors, is_linked(of_vectors)).memory_bytes
        });
        let measured = Measured { vectors, of_vectors, queries, starred: starred.len(), presets };
        self.store.set_measurement(&measurement_name(space), &Measurement { measured, costs })?;
        Ok(())
    }

    /// The vectors of the starred searches, as this space's model makes them.
    fn starred_vectors(&self, space: &VectorSpace) -> Result<Vec<Vec<f32>>, EngineError> {
        let mut queries: Vec<String> = self.store.stars()?.into_iter().map(|star| star.query).collect();
        queries.dedup();
        queries.truncate(MAX_STARRED);
        let mut vectors = Vec::with_capacity(queries.len());
        for query in queries {
            let vector = match space.space {
                Space::Text => match self.text_model() {
                    Some(model) => model.encoder.run(Lane::Bulk, |encoder| encoder.embed_query(&query))?,
                    None => continue,
                },
                Space::Photo => match self.photo_model() {
                    Some(model) => model.encoder.run(Lane::Bulk, |encoder| encoder.embed_query(&query))?,
                    None => continue,
                },
            }?;
            // A model that was changed a moment ago answers in another length.
            if vector.len() == space.model.dims && vector::dot(&vector, &vector) > 0.0 {
                vectors.push(vector);
            }
        }
        Ok(vectors)
    }
}

fn is_linked(vectors: u64) -> bool {
    vectors >= LINKED_FROM as u64
}

fn phase(space: Space) -> &'static str {
    match space {
        Space::Text => "Passages",
        Space::Photo => "Photos",
    }
}

fn measurement_name(space: &VectorSpace) -> String {
    format!("forms of {} of {}", space.space.name(), space.model.id)
}

fn lengths(model: &ModelEntry) -> String {
    let mut lengths: Vec<String> =
        forms(model).into_iter().map(|form| form.dims.of(model.dims).to_string()).collect();
    lengths.dedup();
    lengths.join(", ")
}

/// Three of the forms that were measured. `memory` is in bytes.
fn presets(costs: &[FormCost], memory: impl Fn(IndexForm) -> u64) -> Presets {
    let smallest = |enough: &dyn Fn(&FormCost) -> bool| {
        costs.iter().filter(|cost| enough(cost)).min_by_key(|cost| memory(cost.form))
    };
    let whole = IndexForm { dims: KeptDims::Full, storage: Storage::F32 };
    let exact = smallest(&|cost| cost.recall >= 0.999);
    let patience = exact.map_or(0.0, |cost| cost.p95_ms).max(UNNOTICED_MS);
    let rescored = |recall: f32| {
        smallest(&|cost| cost.rescored_recall >= recall && cost.p95_ms <= patience)
            .map_or(exact.map_or(whole, |cost| cost.form), |cost| cost.form)
    };
    Presets {
        exact: exact.map_or(whole, |cost| cost.form),
        balanced: rescored(0.99),
        smallest: rescored(0.95),
    }
}

impl VectorSpace {
    /// Whether its index has the form of the settings.
    fn fits(&self, settings: &Settings) -> bool {
        self.is_in(settings.form(self.space).now)
    }

    fn is_in(&self, form: IndexForm) -> bool {
        self.is_built() && self.facts().shape == Shape::of(form, self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(dims: KeptDims, storage: Storage, recall: f32, rescored_recall: f32, p95_ms: f64) -> FormCost {
        let form = IndexForm { dims, storage };
        FormCost { form, recall, rescored_recall, candidates: 40, p50_ms: p95_ms / 2.0, p95_ms }
    }

    #[test]
    fn presets_are_the_smallest_forms_that_are_good_enough() {
        let costs = [
            cost(KeptDims::Full, Storage::F32, 1.0, 1.0, 20.0),
            cost(KeptDims::Full, Storage::F16, 0.9995, 1.0, 15.0),
            cost(KeptDims::Full, Storage::Int8, 0.98, 1.0, 3.0),
            cost(KeptDims::D128, Storage::Int8, 0.8, 0.993, 2.0),
            cost(KeptDims::D128, Storage::Binary, 0.4, 0.992, 90.0),
            cost(KeptDims::D64, Storage::Int8, 0.6, 0.96, 2.0),
            cost(KeptDims::D64, Storage::Binary, 0.2, 0.6, 1.0),
        ];
        let memory = |form: IndexForm| form.storage.bytes(form.dims.of(384)) as u64;
        let form = |dims, storage| IndexForm { dims, storage };
        assert_eq!(
            presets(&costs, memory),
            Presets {
                exact: form(KeptDims::Full, Storage::F16),
                balanced: form(KeptDims::D128, Storage::Int8),
                smallest: form(KeptDims::D64, Storage::Int8),
            }
        );
        let nothing = presets(&[], memory);
        assert_eq!((nothing.exact, nothing.balanced), (form(KeptDims::Full, Storage::F32), nothing.smallest));
    }

    #[test]
    fn a_model_trained_to_be_shortened_offers_the_lengths_it_was_trained_for() {
        let mut model = cairn_embed::entry("all-minilm-l6-v2").cloned().unwrap_or_else(|| unreachable!());
        assert_eq!(lengths(&model), "384, 256, 128, 64");
        model.matryoshka = vec![128, 384];
        assert_eq!(lengths(&model), "384, 128");
        model.dims = 1024;
        model.matryoshka = Vec::new();
        assert_eq!(lengths(&model), "1024, 512, 256, 128, 64");
    }
}
