//! Cairn's desktop window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

#[cfg(test)]
mod command_names;
mod commands;
mod error;
mod events;
mod logging;
mod open;
mod thumbnails;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The very same binary reads files in a child process, where a crash costs one file and not the window.
    if std::env::args_os().nth(1).is_some_and(|arg| arg == cairn_engine::WORKER_ARG) {
        return cairn_engine::worker_main();
    }
    logging::start();
    window::run()
}
