//! Encoders in use. What a person waits for is computed beside bulk work and not behind it: the encoders give each of two
//! computations threads of its own, and the system shares the processor between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use cairn_embed::computes_on_processor;

use crate::error::EngineError;

/// Who waits for the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A person looks at the screen.
    Interactive,
    /// Indexing.
    Bulk,
}

/// An encoder. The work of each lane is done one after the other.
pub(crate) struct Encoder<E> {
    encoder: E,
    interactive: Mutex<()>,
    bulk: Mutex<()>,
}

impl<E> Encoder<E> {
    pub(crate) fn new(encoder: E) -> Encoder<E> {
        Encoder { encoder, interactive: Mutex::default(), bulk: Mutex::default() }
    }

    /// Waits for its turn and runs `work`. A panic inside the encoder is an error of this work alone.
    pub(crate) fn run<T>(&self, lane: Lane, work: impl FnOnce(&E) -> T) -> Result<T, EngineError> {
        let turn = match lane {
            // A graphics device is quick, and has one queue.
            Lane::Interactive if computes_on_processor() => &self.interactive,
            _ => &self.bulk,
        };
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        catch_unwind(AssertUnwindSafe(|| work(&self.encoder))).map_err(|_| {
            tracing::error!("an encoder panicked");
            EngineError::internal("the encoder stopped in the middle of its work")
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;

    #[test]
    fn interactive_work_does_not_wait_for_bulk_work() {
        let encoder = Encoder::new(7);
        let (started, start) = bounded::<()>(0);
        let (release, gate) = bounded::<()>(0);
        std::thread::scope(|scope| {
            let bulk = scope.spawn(|| {
                encoder.run(Lane::Bulk, |seven| {
                    started.send(()).unwrap();
                    gate.recv().unwrap();
                    *seven
                })
            });
            start.recv().unwrap();
            // While the other one waits for the gate.
            assert_eq!(encoder.run(Lane::Interactive, |seven| seven + 1).ok(), Some(8));
            release.send(()).unwrap();
            assert_eq!(bulk.join().unwrap().ok(), Some(7));
        });
    }

    #[test]
    fn a_panic_fails_its_caller_alone() {
        let encoder = Encoder::new(7);
        assert!(encoder.run(Lane::Bulk, |_| -> i32 { panic!("on purpose") }).is_err());
        assert_eq!(encoder.run(Lane::Bulk, |seven| *seven).ok(), Some(7));
    }
}
