//! `cargo xtask test`: every check there is, all of them run, the failures told at the end.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::TestArguments;
use crate::build;
use crate::machine::{self, Wanted};
use crate::shell::{self, cargo, npm};

/// The module of the tests of the real window. Only Linux can run them: the driver is that of WebKitGTK.
const WINDOW_TESTS: &str = "real_window::";

/// Steps that have run.
#[derive(Default)]
struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    passed: bool,
}

/// Sets the machine up and runs what was asked for; `true` when all of it passed.
pub fn run(arguments: &TestArguments) -> Result<bool> {
    let start = Instant::now();
    let all = !(arguments.rust || arguments.ui || arguments.window);
    let (rust, ui) = (all || arguments.rust, all || arguments.ui);
    let window = (all || arguments.window) && cfg!(target_os = "linux");
    machine::prepare(
        Wanted { virtual_display: window, window_driver: window, tesseract: true },
        arguments.yes,
    )?;

    let mut report = Report::default();
    if rust {
        report.step(&mut cargo(&["fmt", "--all", "--check"]));
    }
    if ui {
        if build::packages_are_stale() {
            report.step(&mut npm(&["ci", "--ignore-scripts"]));
        }
        for task in ["check", "lint", "test", "build"] {
            report.step(&mut npm(&["run", task]));
        }
    }
    if !ui {
        // The window's program contains the pages: it cannot be compiled without them.
        report.check("the window's pages are built", build::pages);
    }
    if rust {
        report.step(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    }
    if rust || window {
        rust_tests(&mut report, rust, window)?;
    }
    Ok(report.finish(start.elapsed()))
}

/// Builds the programs, gets the text model, and runs the Rust tests: all, all but the window's, or only those.
fn rust_tests(report: &mut Report, rust: bool, window: bool) -> Result<()> {
    let models = shell::target()?.join("models");
    if report.step(&mut cargo(&build::programs_arguments(false))) {
        build::text_model(&build::built(false)?, Some(&models));
    }
    let nextest = cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    let mut tests = cargo(if nextest { &["nextest", "run"] } else { &["test"] });
    tests.args(["--workspace", "--no-fail-fast"]).env("CAIRN_MODELS_DIR", models);
    match (rust, window) {
        (true, true) => &mut tests,
        (true, false) => tests.args(["--", "--skip", WINDOW_TESTS]),
        (false, _) => tests.args(["--test", "window"]),
    };
    report.step(&mut tests);
    Ok(())
}

impl Report {
    /// Runs a command under a header; `true` when it succeeded.
    fn step(&mut self, command: &mut Command) -> bool {
        self.check(&shell::shown(command), || shell::run(command))
    }

    /// Does something under a header; `true` when it succeeded.
    fn check(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("FAILED: {error:#}");
        }
        self.steps.push(Step { name: name.to_owned(), took: start.elapsed(), passed: result.is_ok() });
        result.is_ok()
    }

    /// Prints what passed and what failed; the last line is for programs to read.
    fn finish(&self, took: Duration) -> bool {
        println!("\n== Summary ({})", minutes(took));
        for step in &self.steps {
            let mark = if step.passed { "ok    " } else { "FAILED" };
            println!("  {mark} {:>12}  {}", minutes(step.took), step.name);
        }
        let passed = self.steps.iter().filter(|step| step.passed).count();
        let failed = self.steps.len() - passed;
        println!("{passed} passed, {failed} failed");
        failed == 0
    }
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}
