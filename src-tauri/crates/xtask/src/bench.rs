//! `cargo xtask bench search`: vector search beside faiss, hnswlib and usearch's Python binding.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{self, cargo};

/// The references, and what they compute with.
const PACKAGES: [&str; 4] = ["numpy", "faiss-cpu", "hnswlib", "usearch==2.26.6"];
/// The program under the stopwatch: an example of the index crate.
const PROGRAM: &str = "search_bench";

/// Builds the programs, installs the references into a virtual environment below the target folder, and runs
/// `tests/bench/search.py`, which prints the tables and writes them to `tests/bench/search.md`.
pub fn search(vectors: usize, only: Option<&str>) -> Result<bool> {
    let target = shell::target()?;
    let work = target.join("bench");
    // Features are those of the whole workspace, so that nothing is compiled anew.
    let wanted = ["build", "--workspace", "--exclude", "xtask", "--bin", "cairn", "--example", PROGRAM];
    shell::run(&mut cargo(&wanted))?;

    let python = python(&work)?;
    let models = target.join("models");
    let folder = shell::repository().join("tests").join("bench");
    let mut bench = Command::new(python);
    bench.arg(folder.join("search.py")).arg("--vectors").arg(vectors.to_string());
    let program =
        |name: &str| target.join("debug").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    for (option, path) in [
        ("--cairn", program("cairn")),
        (
            "--bench",
            target.join("debug/examples").join(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION),
        ),
        ("--data", data()),
        ("--work", work),
    ] {
        bench.arg(option).arg(path);
    }
    match only {
        Some(only) => bench.args(["--only", only]),
        // Tables of a part must not replace those of all.
        None => bench.arg("--report").arg(folder.join("search.md")),
    };
    if std::env::var_os("CAIRN_MODELS_DIR").is_none() {
        bench.env("CAIRN_MODELS_DIR", models);
    }
    Ok(shell::status(&mut bench)?.success())
}

/// Public texts, where the tests look for them too.
fn data() -> PathBuf {
    std::env::var_os("CAIRN_DATA").map_or_else(|| shell::repository().join("../shared/data"), PathBuf::from)
}

/// The interpreter of a virtual environment that holds the references.
fn python(work: &Path) -> Result<PathBuf> {
    let environment = work.join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        let system = ["python3", "python"].into_iter().find(|name| shell::has_program(name));
        let system = system.context("Python 3.10 or newer is needed to run the references; install it")?;
        std::fs::create_dir_all(work)
            .with_context(|| format!("could not make {}; check permissions", work.display()))?;
        shell::run(Command::new(system).args(["-m", "venv"]).arg(&environment))?;
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    shell::run(&mut install)?;
    Ok(python)
}
