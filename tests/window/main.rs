//! The real window, end to end. The driver is that of WebKitGTK, so these tests are Linux's; `cargo xtask test` builds
//! the programs, gets the text model and runs them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod real_window;
mod watch;
