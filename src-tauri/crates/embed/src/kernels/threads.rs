//! The threads that encoders compute on.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool apart from that of other work, so that nothing else stands between two steps of an encoder. As many threads as
/// Candle takes: `RAYON_NUM_THREADS`, else one for each physical core.
static POOL: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    ThreadPoolBuilder::new()
        .num_threads(candle_core::utils::get_num_threads())
        .thread_name(|index| format!("encoder-{index}"))
        .build()
        .inspect_err(|error| tracing::warn!("the encoders share the threads of other work: {error}"))
        .ok()
});

/// Runs `work` on the encoders' threads; what it does in parallel stays there.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    #[cfg(test)]
    if INSTEAD.get() {
        return work();
    }
    match POOL.as_ref() {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

#[cfg(test)]
thread_local! {
    static INSTEAD: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
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
