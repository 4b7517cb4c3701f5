//! The worker alone, for the tests of this crate. The product runs the same [`worker_main`] in its own binary.
//!
//! A file named `abort` or `hang` beside the program makes it do so once: tests need a reader that fails for
//! certain.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = std::env::args_os().next().unwrap_or_default();
    let asked = |name: &str| std::fs::remove_file(Path::new(&program).with_file_name(name)).is_ok();
    if asked("abort") {
        std::process::abort();
    }
    if asked("hang") {
        loop {
            std::thread::park();
        }
    }
    cairn_ingest::worker_main()
}
