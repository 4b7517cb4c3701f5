//! When and how fast the library is read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cairn_core::{Indexing, Kind};
use starship_battery::{Manager, State};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::jobs::JobContext;

/// The battery is looked at so often.
const BATTERY_INTERVAL: Duration = Duration::from_secs(20);
/// Who waits for mains power looks so often whether it is stopped or resumed.
const TURN: Duration = Duration::from_millis(250);

/// What a person chose, and how the computer is powered.
#[derive(Default)]
pub(crate) struct Pace {
    chosen: RwLock<Indexing>,
    on_battery: Mutex<Option<(Instant, bool)>>,
}

/// A job that waits for mains power, or goes on without.
#[derive(Default)]
pub(crate) struct PowerHold {
    waits: AtomicBool,
    ignored: AtomicBool,
}

impl PowerHold {
    pub(crate) fn waits(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }

    /// Goes on, on battery or not.
    pub(crate) fn ignore(&self) {
        self.ignored.store(true, Ordering::Release);
        self.waits.store(false, Ordering::Release);
    }
}

impl Pace {
    pub(crate) fn set(&self, chosen: Indexing) {
        *self.chosen.write().unwrap_or_else(PoisonError::into_inner) = chosen;
    }

    pub(crate) fn chosen(&self) -> Indexing {
        *self.chosen.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cores that reading and embedding may use.
    pub(crate) fn cores(&self) -> usize {
        self.chosen().cores.of(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

impl Inner {
    /// Waits while a job is held, by a person or for want of mains power. Fails once it was cancelled.
    pub(crate) fn may_go_on(&self, job: &JobContext) -> Result<(), EngineError> {
        job.control.checkpoint()?;
        while self.pace.chosen().only_on_mains
            && !job.power.ignored.load(Ordering::Acquire)
            && self.is_on_battery()
        {
            job.power.waits.store(true, Ordering::Release);
            std::thread::sleep(TURN);
            job.control.checkpoint()?;
        }
        job.power.waits.store(false, Ordering::Release);
        Ok(())
    }

    fn is_on_battery(&self) -> bool {
        let mut known = self.pace.on_battery.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((at, on_battery)) if at.elapsed() < BATTERY_INTERVAL => on_battery,
            _ => {
                let on_battery = (self.options.on_battery)();
                *known = Some((Instant::now(), on_battery));
                on_battery
            }
        }
    }

    pub(crate) fn set_indexing(self: &Arc<Self>, indexing: Indexing) -> Result<(), EngineError> {
        let mut settings = self.store.settings()?;
        let before = std::mem::replace(&mut settings.indexing, indexing);
        self.store.set_settings(&settings)?;
        self.pace.set(indexing);
        *self.pace.on_battery.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if before.archives != indexing.archives {
            self.store.outdate(Kind::Archive)?;
        }
        if before.gitignore != indexing.gitignore {
            self.watch_anew()?;
        }
        if (before.archives, before.gitignore) != (indexing.archives, indexing.gitignore) {
            self.queue_scan(None, "Looking for files".into())?;
        }
        self.changed();
        Ok(())
    }
}

/// Whether a battery is being emptied. A computer that does not say so counts as plugged in.
pub(crate) fn on_battery() -> bool {
    let Ok(batteries) = Manager::new().and_then(|manager| manager.batteries()) else { return false };
    batteries.flatten().any(|battery| battery.state() == State::Discharging)
}
