//! `cargo xtask bench`: Cairn beside other libraries, on the same inputs in the same run.
//!
//! The references come from a Python package index into a virtual environment below the target folder; the scripts lie in
//! `tests/bench`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::BenchArguments;
use crate::build;
use crate::shell::{self, cargo};

/// What the scripts need of Python.
const EMBED_PACKAGES: [&str; 5] = ["numpy", "onnx", "onnxruntime", "safetensors", "tokenizers"];
const PHOTO_PACKAGES: [&str; 5] = ["numpy", "onnx", "onnxruntime", "pillow", "safetensors"];
const SEARCH_PACKAGES: [&str; 4] = ["numpy", "faiss-cpu", "hnswlib", "usearch==2.26.6"];

/// The text encoder beside ONNX Runtime and stock Candle.
pub fn embed(arguments: &BenchArguments) -> Result<bool> {
    let program = example("measure", arguments.release)?;
    let models = models()?;
    if !models.join("all-minilm-l6-v2").is_dir() {
        shell::run(&mut cargo(&build::programs_arguments(false)))?;
        build::text_model(&build::built(false)?, Some(&models));
    }
    let work = work("embed")?;
    let folder = shell::repository().join("tests/bench");
    let mut script = Command::new(python(&work, &EMBED_PACKAGES)?);
    script.arg(folder.join("embed.py")).arg("--table").arg(folder.join("embed.md"));
    script.arg("--measure").arg(program).arg("--store").arg(models);
    script.arg("--work").arg(work).arg("--data").arg(data());
    shell::run(script.args(&arguments.rest))?;
    Ok(true)
}

/// CLIP's vision tower, with random weights of real size, beside ONNX Runtime; and photos from file to vector.
pub fn photos(arguments: &BenchArguments) -> Result<bool> {
    let program = example("measure_photos", arguments.release)?;
    let cairn = cairn(arguments.release)?;
    let work = work("photos")?;
    let folder = shell::repository().join("tests/bench");
    let mut script = Command::new(python(&work, &PHOTO_PACKAGES)?);
    script.arg(folder.join("photos.py")).arg("--table").arg(folder.join("photos.md"));
    script.arg("--measure").arg(program).arg("--cairn").arg(cairn);
    script.arg("--work").arg(work).arg("--data").arg(data());
    script.arg("--build").arg(if arguments.release { "release" } else { "development" });
    shell::run(script.args(&arguments.rest))?;
    Ok(true)
}

/// The command line, built.
fn cairn(release: bool) -> Result<PathBuf> {
    // The window, whose release takes long to build, is not measured.
    let arguments = if release {
        vec!["build", "--release", "-p", "cairn-cli"]
    } else {
        build::programs_arguments(false)
    };
    shell::run(&mut cargo(&arguments))?;
    Ok(build::built(release)?.cairn)
}

/// Reading files beside what Debian has for it.
pub fn ingest(arguments: &BenchArguments) -> Result<bool> {
    let program = example("measure_ingest", arguments.release)?;
    let cairn = cairn(arguments.release)?;
    let folder = shell::repository().join("tests/bench");
    let mut script = Command::new(python(&work("ingest")?, &[])?);
    script.arg(folder.join("ingest.py")).arg("--table").arg(folder.join("ingest.md"));
    script.arg("--measure").arg(program).arg("--cairn").arg(cairn).arg("--data").arg(data());
    script.arg("--build").arg(if arguments.release { "release" } else { "development" });
    shell::run(script.args(&arguments.rest))?;
    Ok(true)
}

/// Vector search beside faiss, hnswlib and usearch's own Python binding.
pub fn search(arguments: &BenchArguments) -> Result<bool> {
    let program = example("search_bench", arguments.release)?;
    shell::run(&mut cargo(&build::programs_arguments(false)))?;
    let cairn = build::built(false)?.cairn;
    let work = work("search")?;
    let folder = shell::repository().join("tests/bench");
    let mut script = Command::new(python(&work, &SEARCH_PACKAGES)?);
    script.arg(folder.join("search.py")).arg("--cairn").arg(cairn).arg("--bench").arg(program);
    script.arg("--data").arg(data()).arg("--work").arg(work).env("CAIRN_MODELS_DIR", models()?);
    // Tables of a part must not replace those of all.
    if !arguments.rest.iter().any(|word| word == "--only") {
        script.arg("--report").arg(folder.join("search.md"));
    }
    Ok(shell::status(script.args(&arguments.rest))?.success())
}

/// Builds an example. Features are those of the whole workspace, so that nothing is compiled anew; the dev profile optimises all that counts.
fn example(name: &str, release: bool) -> Result<PathBuf> {
    let mut words = vec!["build", "--workspace", "--exclude", "xtask", "--example", name];
    if release {
        words.push("--release");
    }
    shell::run(&mut cargo(&words))?;
    let profile = if release { "release" } else { "debug" };
    let program = shell::target()?.join(profile).join("examples").join(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

fn models() -> Result<PathBuf> {
    let models = std::env::var_os("CAIRN_MODELS_DIR").map(PathBuf::from);
    models.map_or_else(|| Ok(shell::target()?.join("models")), Ok)
}

/// A folder for what a benchmark keeps.
fn work(name: &str) -> Result<PathBuf> {
    let work = shell::target()?.join("bench").join(name);
    std::fs::create_dir_all(&work)
        .with_context(|| format!("could not make {}; check permissions", work.display()))?;
    Ok(work)
}

/// Public texts, where the tests look for them too.
fn data() -> PathBuf {
    std::env::var_os("CAIRN_DATA").map_or_else(|| shell::repository().join("../shared/data"), PathBuf::from)
}

/// The interpreter of a virtual environment with these packages.
fn python(work: &Path, packages: &[&str]) -> Result<PathBuf> {
    let environment = work.join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        let system = ["python3", "python"].into_iter().find(|name| shell::has_program(name));
        let system = system.context("Python 3.10 or newer is needed to run the references; install it")?;
        shell::run(Command::new(system).args(["-m", "venv"]).arg(&environment))?;
    }
    if packages.is_empty() {
        return Ok(python);
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
    shell::run(&mut install)?;
    Ok(python)
}
