//! `cairn`: the engine without a window, on the same library.

mod arguments;
mod print;
mod run;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;

/// Exit codes follow grep: 0 found or done, 1 nothing found (or some files could not be read), 2 an error.
fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|arg| arg == cairn_engine::WORKER_ARG) {
        return cairn_engine::worker_main();
    }
    let filter = EnvFilter::try_from_env("CAIRN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run::run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("cairn: {error:#}");
            ExitCode::from(2)
        }
    }
}
