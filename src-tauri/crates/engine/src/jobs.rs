//! Long work: one queue for each lane, progress that is sampled, pause, resume and cancel.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cairn_core::{Control, JobId, Progress};
use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::api::{JobKind, JobState, JobView};
use crate::error::EngineError;
use crate::pace::PowerHold;

/// Finished jobs that stay in the list, so that a person who was away sees what happened.
const FINISHED_KEPT: usize = 20;
/// The rate is measured over this long.
const RATE_WINDOW: Duration = Duration::from_secs(8);

/// What a job may use while it runs.
pub(crate) struct JobContext {
    pub control: Control,
    pub progress: Arc<Progress>,
    pub power: Arc<PowerHold>,
}

type Work = Box<dyn FnOnce(&JobContext) -> Result<(), EngineError> + Send>;
/// Told of every change of a job's state, on whichever thread it happens.
type OnChange = Box<dyn Fn(JobId, JobState) + Send + Sync>;

/// A job to be queued.
pub(crate) struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    pub title: String,
    /// What its numbers count at first.
    pub unit: &'static str,
    /// Queued, or paused from the start (as it was when the program ended).
    pub paused: bool,
    pub work: Work,
}

/// All jobs of one run of the program. Work of one lane runs one after the other; lanes run side by side:
/// indexing for hours must hold up neither a change of dimensions nor a download.
pub(crate) struct Jobs {
    shared: Arc<Shared>,
    lanes: Mutex<Vec<(Sender<Queued>, JoinHandle<()>)>>,
}

struct Shared {
    jobs: Mutex<Vec<Arc<Job>>>,
    on_change: OnChange,
}

struct Queued {
    job: Arc<Job>,
    work: Work,
}

struct Job {
    id: JobId,
    kind: JobKind,
    title: String,
    control: Control,
    progress: Arc<Progress>,
    outcome: Mutex<Outcome>,
    /// Held from a change of state until it has been told: told out of order, the last one told would be the one that is kept.
    telling: Mutex<()>,
    meter: Mutex<RateMeter>,
    byte_meter: Mutex<RateMeter>,
    power: Arc<PowerHold>,
}

#[derive(Clone)]
struct Outcome {
    state: JobState,
    error: Option<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lane_of(kind: JobKind) -> usize {
    match kind {
        JobKind::Index => 0,
        JobKind::Rebuild | JobKind::Map | JobKind::Measure => 1,
        JobKind::Download => 2,
    }
}

impl Jobs {
    pub(crate) fn start(on_change: OnChange) -> Result<Jobs, EngineError> {
        let shared = Arc::new(Shared { jobs: Mutex::new(Vec::new()), on_change });
        let lanes = ["index", "derive", "download"]
            .into_iter()
            .map(|name| {
                let (sender, receiver) = unbounded();
                let shared = shared.clone();
                let thread = std::thread::Builder::new()
                    .name(format!("jobs-{name}"))
                    .spawn(move || run_lane(&shared, &receiver))
                    .map_err(|error| EngineError::io("start a thread", error))?;
                Ok((sender, thread))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        Ok(Jobs { shared, lanes: Mutex::new(lanes) })
    }

    pub(crate) fn submit(&self, new: NewJob) {
        let control = Control::new();
        if new.paused {
            control.pause();
        }
        let job = Arc::new(Job {
            id: new.id,
            kind: new.kind,
            title: new.title,
            control,
            progress: Arc::new(Progress::default()),
            outcome: Mutex::new(Outcome { state: JobState::Queued, error: None }),
            telling: Mutex::new(()),
            meter: Mutex::default(),
            byte_meter: Mutex::default(),
            power: Arc::default(),
        });
        job.progress.set_unit(new.unit);
        {
            let mut jobs = lock(&self.shared.jobs);
            jobs.push(job.clone());
            let finished = jobs.iter().filter(|job| job.is_finished()).count();
            if finished > FINISHED_KEPT
                && let Some(oldest) = jobs.iter().position(|job| job.is_finished())
            {
                jobs.remove(oldest);
            }
        }
        (self.shared.on_change)(job.id, JobState::Queued);
        if let Some((lane, _)) = lock(&self.lanes).get(lane_of(job.kind)) {
            let _ = lane.send(Queued { job, work: new.work });
        }
    }

    /// All jobs, newest first.
    pub(crate) fn views(&self) -> Vec<JobView> {
        lock(&self.shared.jobs).iter().rev().map(|job| job.view()).collect()
    }

    /// Whether a job of this kind waits or runs.
    pub(crate) fn has_unfinished(&self, kind: JobKind) -> bool {
        lock(&self.shared.jobs).iter().any(|job| job.kind == kind && !job.is_finished())
    }

    /// Whether this job waits for its turn and has not begun.
    pub(crate) fn is_queued(&self, id: JobId) -> bool {
        lock(&self.shared.jobs).iter().any(|job| job.id == id && job.state() == JobState::Queued)
    }

    /// Whether a job of this kind waits for its turn and has not begun.
    pub(crate) fn has_queued(&self, kind: JobKind) -> bool {
        lock(&self.shared.jobs).iter().any(|job| job.kind == kind && job.state() == JobState::Queued)
    }

    pub(crate) fn pause(&self, id: JobId) -> Result<(), EngineError> {
        self.hold(id, Control::pause, JobState::Paused)
    }

    /// One that waits for mains power goes on without.
    pub(crate) fn resume(&self, id: JobId) -> Result<(), EngineError> {
        self.job(id)?.power.ignore();
        self.hold(id, Control::resume, JobState::Running)
    }

    pub(crate) fn cancel(&self, id: JobId) -> Result<(), EngineError> {
        self.job(id)?.control.cancel();
        Ok(())
    }

    /// Holds a job or lets it go on. One that ended meanwhile stays as it ended.
    fn hold(&self, id: JobId, act: fn(&Control), state: JobState) -> Result<(), EngineError> {
        let job = self.job(id)?;
        let _telling = lock(&job.telling);
        if !job.is_finished() {
            act(&job.control);
            (self.shared.on_change)(id, state);
        }
        Ok(())
    }

    /// Stops everything without recording it as the person's wish, and waits for it to end.
    pub(crate) fn shut_down(&self) {
        let lanes = std::mem::take(&mut *lock(&self.lanes));
        lock(&self.shared.jobs).iter().for_each(|job| job.control.cancel());
        for (sender, thread) in lanes {
            drop(sender);
            let _ = thread.join();
        }
    }

    fn job(&self, id: JobId) -> Result<Arc<Job>, EngineError> {
        let jobs = lock(&self.shared.jobs);
        let job = jobs.iter().find(|job| job.id == id).cloned();
        job.ok_or_else(|| EngineError::not_found("This job is not running any more."))
    }
}

fn run_lane(shared: &Shared, queue: &Receiver<Queued>) {
    for Queued { job, work } in queue {
        let context = JobContext {
            control: job.control.clone(),
            progress: job.progress.clone(),
            power: job.power.clone(),
        };
        {
            let _telling = lock(&job.telling);
            job.set(JobState::Running, None);
            // Cancelling frees a held job, which is not running for that.
            if !job.control.is_paused() && !job.control.is_cancelled() {
                (shared.on_change)(job.id, JobState::Running);
            }
        }
        let result = match job.control.checkpoint() {
            Ok(()) => catch_unwind(AssertUnwindSafe(|| work(&context)))
                .unwrap_or_else(|_| Err(EngineError::internal("the job stopped by a mistake of Cairn's"))),
            Err(cancelled) => Err(cancelled.into()),
        };
        let (state, error) = match result {
            Ok(()) => (JobState::Done, None),
            Err(error) if error.is_cancelled() => (JobState::Cancelled, None),
            Err(error) => {
                tracing::error!(job = job.title, %error, "a job failed");
                (JobState::Failed, Some(error.message().to_owned()))
            }
        };
        let _telling = lock(&job.telling);
        job.set(state, error);
        (shared.on_change)(job.id, state);
    }
}

impl Job {
    fn state(&self) -> JobState {
        lock(&self.outcome).state
    }

    fn is_finished(&self) -> bool {
        matches!(self.state(), JobState::Done | JobState::Cancelled | JobState::Failed)
    }

    fn set(&self, state: JobState, error: Option<String>) {
        *lock(&self.outcome) = Outcome { state, error };
    }

    fn view(&self) -> JobView {
        let snapshot = self.progress.snapshot();
        let outcome = lock(&self.outcome).clone();
        let held = matches!(outcome.state, JobState::Queued | JobState::Running)
            && (self.control.is_paused() || self.power.waits());
        let now = Instant::now();
        let rate = lock(&self.meter).rate(now, &snapshot.phase, snapshot.done, held);
        let byte_rate = lock(&self.byte_meter).rate(now, "", snapshot.bytes, held);
        let left = snapshot.total.saturating_sub(snapshot.done);
        let moving = outcome.state == JobState::Running && !held && rate > 0.0 && snapshot.total > 0;
        JobView {
            id: self.id,
            title: self.title.clone(),
            kind: self.kind,
            state: if held { JobState::Paused } else { outcome.state },
            phase: snapshot.phase,
            done: snapshot.done,
            total: snapshot.total,
            failed: snapshot.failed,
            rate,
            eta_s: moving.then(|| left as f64 / rate),
            item: snapshot.item,
            error: outcome.error,
            unit: snapshot.unit,
            files: snapshot.files,
            byte_rate,
            waits_for_power: held && self.power.waits(),
        }
    }
}

/// Items a second over the last few seconds of one phase. Time spent paused does not count.
#[derive(Default)]
struct RateMeter {
    phase: String,
    samples: VecDeque<(Instant, u64)>,
}

impl RateMeter {
    fn rate(&mut self, now: Instant, phase: &str, done: u64, held: bool) -> f64 {
        if held || self.phase != phase || self.samples.back().is_some_and(|(_, last)| *last > done) {
            self.samples.clear();
            phase.clone_into(&mut self.phase);
        }
        if held {
            return 0.0;
        }
        self.samples.push_back((now, done));
        while self.samples.len() > 2
            && self.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) > RATE_WINDOW)
        {
            self.samples.pop_front();
        }
        let Some((first_at, first)) = self.samples.front() else { return 0.0 };
        let seconds = now.duration_since(*first_at).as_secs_f64();
        if seconds > 0.0 { (done - first) as f64 / seconds } else { 0.0 }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn job(id: i64, kind: JobKind, work: Work) -> NewJob {
        NewJob { id: JobId(id), kind, title: format!("job {id}"), unit: "files", paused: false, work }
    }

    fn states(jobs: &Jobs) -> Vec<(i64, JobState)> {
        jobs.views().into_iter().map(|view| (view.id.0, view.state)).collect()
    }

    fn started() -> (Jobs, Receiver<(i64, JobState)>) {
        let (sender, changes) = unbounded();
        let jobs = Jobs::start(Box::new(move |id, state| sender.send((id.0, state)).unwrap())).unwrap();
        (jobs, changes)
    }

    #[test]
    fn a_job_ends_done_failed_or_cancelled_and_a_panic_ends_only_itself() {
        let (jobs, changes) = started();
        jobs.submit(job(1, JobKind::Index, Box::new(|_| Ok(()))));
        jobs.submit(job(2, JobKind::Index, Box::new(|_| Err(EngineError::internal("broken")))));
        jobs.submit(job(3, JobKind::Index, Box::new(|_| panic!("on purpose"))));
        jobs.submit(job(4, JobKind::Index, Box::new(|_| Ok(()))));
        let mut ended = Vec::new();
        while ended.len() < 4 {
            let (id, state) = changes.recv().unwrap();
            if matches!(state, JobState::Done | JobState::Failed) {
                ended.push((id, state));
            }
        }
        assert_eq!(
            ended,
            [(1, JobState::Done), (2, JobState::Failed), (3, JobState::Failed), (4, JobState::Done)]
        );
        jobs.shut_down();
    }

    #[test]
    fn a_paused_job_waits_and_a_cancelled_one_ends() {
        let (jobs, changes) = started();
        let mut paused = job(
            1,
            JobKind::Index,
            Box::new(|context| {
                loop {
                    context.control.checkpoint()?;
                    std::thread::yield_now();
                }
            }),
        );
        paused.paused = true;
        jobs.submit(paused);
        jobs.submit(job(2, JobKind::Map, Box::new(|_| Ok(()))));
        while changes.recv().unwrap() != (2, JobState::Done) {}
        assert_eq!(states(&jobs), [(2, JobState::Done), (1, JobState::Paused)]);
        jobs.resume(JobId(1)).unwrap();
        jobs.cancel(JobId(1)).unwrap();
        while changes.recv().unwrap() != (1, JobState::Cancelled) {}
        assert!(jobs.cancel(JobId(9)).is_err());
        jobs.shut_down();
    }

    #[test]
    fn what_was_told_last_of_a_held_job_is_that_it_is_held() {
        for _ in 0..200 {
            let (jobs, changes) = started();
            let wait: Work = Box::new(|context| {
                loop {
                    context.control.checkpoint()?;
                    std::thread::yield_now();
                }
            });
            jobs.submit(job(1, JobKind::Index, wait));
            jobs.pause(JobId(1)).unwrap();
            // The lane has told all it has to tell once it waits, and a job that is shut down while it is held was cancelled last.
            jobs.shut_down();
            let told: Vec<JobState> = changes.try_iter().map(|(_, state)| state).collect();
            let [.., before, JobState::Cancelled] = told[..] else { panic!("{told:?}") };
            assert_eq!(before, JobState::Paused, "{told:?}");
        }
    }

    #[test]
    fn the_rate_is_that_of_the_phase() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut meter = RateMeter::default();
        assert_eq!(meter.rate(at(0), "a", 0, false), 0.0);
        assert_eq!(meter.rate(at(2), "a", 10, false), 5.0);
        assert_eq!(meter.rate(at(3), "b", 1, false), 0.0);
        assert_eq!(meter.rate(at(4), "b", 4, false), 3.0);
        assert_eq!(meter.rate(at(60), "b", 4, true), 0.0);
        assert_eq!(meter.rate(at(61), "b", 5, false), 0.0);
    }
}
