//! The threads that encoders compute on.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Pools on which nobody computes at the moment. Each computation has one to itself, apart from that of other work, so that nothing
/// stands between two steps of it: a person's query shares the processor with the photos that are being looked at, and does not
/// stand in line behind them. There are never more than computations at the same time.
static FREE: Mutex<Vec<ThreadPool>> = Mutex::new(Vec::new());

thread_local! {
    static MOST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// What encoders compute during `work`, called from this thread, takes no more threads than this.
pub fn with_threads<T>(most: usize, work: impl FnOnce() -> T) -> T {
    struct Before(usize);
    impl Drop for Before {
        fn drop(&mut self) {
            MOST.set(self.0);
        }
    }
    let _before = Before(MOST.replace(most.max(1)));
    work()
}

fn new_pool(threads: usize) -> Option<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("encoder-{index}"))
        .build()
        .inspect_err(|error| tracing::warn!("the encoders share the threads of other work: {error}"))
        .ok()
}

fn free_pool(threads: usize) -> Option<ThreadPool> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = free.iter().position(|pool| pool.current_num_threads() == threads)?;
    Some(free.swap_remove(fits))
}

/// Runs `work` on threads of its own; what it does in parallel stays there. They are as many as Candle takes
/// (`RAYON_NUM_THREADS`, else one for each physical core), or as [`with_threads`] allows.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    #[cfg(test)]
    if INSTEAD.get() {
        return work();
    }
    let threads = candle_core::utils::get_num_threads().min(MOST.get());
    let Some(pool) = free_pool(threads).or_else(|| new_pool(threads)) else { return work() };
    let result = pool.install(work);
    FREE.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
    result
}

#[cfg(test)]
thread_local! {
    static INSTEAD: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on the threads of `pool` and nowhere else.
#[cfg(test)]
pub(crate) fn instead<T: Send>(pool: &ThreadPool, work: impl FnOnce() -> T + Send) -> T {
    pool.install(|| {
        INSTEAD.set(true);
        let result = work();
        INSTEAD.set(false);
        result
    })
}
