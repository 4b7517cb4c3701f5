//! `cargo xtask bench embed`: the text encoder beside ONNX Runtime and stock Candle, on the same weights, texts and threads.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::BenchArguments;
use crate::build;
use crate::shell::{self, cargo};

const PACKAGES: [&str; 5] = ["numpy", "onnx", "onnxruntime", "safetensors", "tokenizers"];

/// Builds the measuring program, gets the model, makes a Python environment in the target folder and measures.
pub fn embed(arguments: &BenchArguments) -> Result<bool> {
    let target = shell::target()?;
    let models = std::env::var_os("CAIRN_MODELS_DIR").map_or_else(|| target.join("models"), PathBuf::from);
    // The dev profile optimises all that counts here; the whole workspace, so that nothing is compiled twice.
    let mut example = vec!["build", "--workspace", "--exclude", "xtask", "--example", "measure"];
    if arguments.release {
        example.push("--release");
    }
    shell::run(&mut cargo(&example))?;
    if !models.join("all-minilm-l6-v2").is_dir() {
        shell::run(&mut cargo(&build::programs_arguments(false)))?;
        build::text_model(&build::built(false)?, Some(&models));
    }
    let work = target.join("bench");
    std::fs::create_dir_all(&work)?;
    let python = environment(work.join("venv"))?;
    let profile = if arguments.release { "release" } else { "debug" };
    let folder = shell::repository().join("tests/bench");
    let mut command = std::process::Command::new(python);
    command.arg(folder.join("embed.py")).arg("--table").arg(folder.join("embed.md"));
    command.arg("--measure").arg(target.join(profile).join("examples/measure"));
    command.arg("--store").arg(models).arg("--work").arg(work).arg("--data").arg(data()?);
    shell::run(command.args(&arguments.rest))?;
    Ok(true)
}

/// A Python with what `embed.py` needs, installed once.
fn environment(folder: PathBuf) -> Result<PathBuf> {
    let bin = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = folder.join(bin);
    let ready = folder.join("ready");
    if !ready.is_file() {
        let system = if cfg!(windows) { "python" } else { "python3" };
        shell::run(std::process::Command::new(system).args(["-m", "venv"]).arg(&folder))?;
        let mut install = std::process::Command::new(&python);
        shell::run(install.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
        std::fs::write(&ready, "")?;
    }
    Ok(python)
}

/// Where real texts lie; the passages are skipped where there are none.
fn data() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("CAIRN_DATA") {
        return Ok(folder.into());
    }
    let parent = shell::repository().parent().context("the repository lies in no folder")?;
    Ok(parent.join("shared/data"))
}
