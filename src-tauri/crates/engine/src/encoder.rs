//! One thread owns each encoder and serves two queues: what a person waits for goes before bulk work.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::bounded;

use crate::error::EngineError;

/// Who waits for the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A person looks at the screen.
    Interactive,
    /// Indexing. Work of this lane comes in batches small enough for a person to wait for one of them.
    Bulk,
}

type Task<E> = Box<dyn FnOnce(&E) + Send>;

/// An encoder on its own thread. Dropping it ends the thread after the task at hand.
pub(crate) struct Encoder<E> {
    queue: Arc<Queue<E>>,
    thread: Option<JoinHandle<()>>,
}

struct Queue<E> {
    tasks: Mutex<Tasks<E>>,
    ready: Condvar,
}

struct Tasks<E> {
    interactive: VecDeque<Task<E>>,
    bulk: VecDeque<Task<E>>,
    closed: bool,
}

impl<E: Send + 'static> Encoder<E> {
    pub(crate) fn start(name: &str, encoder: E) -> Result<Self, EngineError> {
        let queue = Arc::new(Queue {
            tasks: Mutex::new(Tasks { interactive: VecDeque::new(), bulk: VecDeque::new(), closed: false }),
            ready: Condvar::new(),
        });
        let serving = queue.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some(task) = serving.next() {
                    // A panic inside the encoder becomes an error for the caller whose reply is dropped with
                    // the task; the thread lives on for the next one.
                    if catch_unwind(AssertUnwindSafe(|| task(&encoder))).is_err() {
                        tracing::error!("an encoder panicked");
                    }
                }
            })
            .map_err(|error| EngineError::io("start a thread", error))?;
        Ok(Encoder { queue, thread: Some(thread) })
    }

    /// Runs `work` on the encoder's thread and waits for what it returns.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&E) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (reply, answer) = bounded(1);
        let task: Task<E> = Box::new(move |encoder| {
            let _ = reply.send(work(encoder));
        });
        {
            let mut tasks = self.queue.lock();
            match lane {
                Lane::Interactive => tasks.interactive.push_back(task),
                Lane::Bulk => tasks.bulk.push_back(task),
            }
        }
        self.queue.ready.notify_one();
        answer.recv().map_err(|_| EngineError::internal("the encoder stopped in the middle of its work"))
    }
}

impl<E> Queue<E> {
    fn lock(&self) -> MutexGuard<'_, Tasks<E>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Task<E>> {
        let mut tasks = self.lock();
        loop {
            if tasks.closed {
                return None;
            }
            if let Some(task) = tasks.interactive.pop_front() {
                return Some(task);
            }
            if let Some(task) = tasks.bulk.pop_front() {
                return Some(task);
            }
            tasks = self.ready.wait(tasks).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<E> Drop for Encoder<E> {
    fn drop(&mut self) {
        {
            let mut tasks = self.queue.lock();
            tasks.closed = true;
            // Callers still waiting learn it from their dropped reply.
            tasks.interactive.clear();
            tasks.bulk.clear();
        }
        self.queue.ready.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn interactive_work_overtakes_bulk_work() {
        let encoder = Arc::new(Encoder::start("test", ()).unwrap());
        let order = Arc::new(Mutex::new(Vec::new()));
        let (release, gate) = bounded::<()>(0);
        let (started, start) = bounded::<()>(0);
        let mut threads = vec![std::thread::spawn({
            let encoder = encoder.clone();
            move || {
                let work = move |(): &()| {
                    started.send(()).unwrap();
                    gate.recv().unwrap();
                };
                encoder.run(Lane::Bulk, work).unwrap()
            }
        })];
        start.recv().unwrap();
        for (lane, name) in [(Lane::Bulk, "bulk"), (Lane::Interactive, "interactive")] {
            let (encoder, order) = (encoder.clone(), order.clone());
            threads.push(std::thread::spawn(move || {
                encoder.run(lane, move |()| order.lock().unwrap().push(name)).unwrap()
            }));
        }
        while {
            let tasks = encoder.queue.lock();
            tasks.bulk.is_empty() || tasks.interactive.is_empty()
        } {
            std::thread::yield_now();
        }
        release.send(()).unwrap();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*order.lock().unwrap(), ["interactive", "bulk"]);
    }

    #[test]
    fn a_panic_fails_its_caller_alone() {
        let encoder = Encoder::start("test", 7).unwrap();
        assert!(encoder.run(Lane::Bulk, |_| -> i32 { panic!("on purpose") }).is_err());
        assert_eq!(encoder.run(Lane::Bulk, |seven| *seven).ok(), Some(7));
    }
}
