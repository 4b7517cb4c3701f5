use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Lets a person stop or pause long work. Cheap to clone; every clone controls the same work.
///
/// The innermost loop calls [`Control::checkpoint`] once for each item: it waits while paused and fails once
/// cancelled.
#[derive(Clone, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    paused: Mutex<bool>,
    changed: Condvar,
}

/// The person (or the end of the program) stopped the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Cancelled {}

impl Control {
    /// Work that is neither paused nor cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the work at its next checkpoint, also when it is paused.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Release);
        self.set_paused(false);
    }

    /// Holds the work at its next checkpoint.
    pub fn pause(&self) {
        self.set_paused(true);
    }

    /// Lets paused work go on.
    pub fn resume(&self) {
        self.set_paused(false);
    }

    /// Whether [`Control::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Acquire)
    }

    /// Whether the work is (to be) held.
    pub fn is_paused(&self) -> bool {
        *self.shared.paused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while paused. Fails once cancelled.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        let mut paused = self.shared.paused.lock().unwrap_or_else(PoisonError::into_inner);
        while *paused && !self.is_cancelled() {
            paused = self.shared.changed.wait(paused).unwrap_or_else(PoisonError::into_inner);
        }
        drop(paused);
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    fn set_paused(&self, value: bool) {
        *self.shared.paused.lock().unwrap_or_else(PoisonError::into_inner) = value;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paused_work_waits_and_cancel_frees_it() {
        let control = Control::new();
        assert_eq!(control.checkpoint(), Ok(()));
        control.pause();
        let worker = std::thread::spawn({
            let control = control.clone();
            move || control.checkpoint()
        });
        assert!(control.is_paused());
        control.cancel();
        assert_eq!(worker.join().ok(), Some(Err(Cancelled)));
    }

    #[test]
    fn resumed_work_goes_on() {
        let control = Control::new();
        control.pause();
        let worker = std::thread::spawn({
            let control = control.clone();
            move || control.checkpoint()
        });
        control.resume();
        assert_eq!(worker.join().ok(), Some(Ok(())));
    }
}
