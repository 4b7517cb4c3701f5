//! Building what Cairn consists of: the window's pages, the programs, the text model.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;

use crate::shell;

/// The text model that every machine can have, also without a model hub.
const TEXT_MODEL: &str = "all-minilm-l6-v2";

/// Cairn's programs.
pub struct Programs {
    /// The window.
    pub window: PathBuf,
    /// The command line.
    pub cairn: PathBuf,
}

/// Whether the packages of the pages are not those of the lock file.
pub fn packages_are_stale() -> bool {
    let ui = shell::repository().join("ui");
    changed(&ui.join("package-lock.json")) > changed(&ui.join("node_modules/.package-lock.json"))
}

/// Whether a source of the pages is newer than the built pages.
pub fn pages_are_stale() -> bool {
    let ui = shell::repository().join("ui");
    newest(&ui) > changed(&ui.join("dist/index.html"))
}

/// Installs the packages of the pages and builds the pages, each only when something changed.
pub fn pages() -> Result<()> {
    if packages_are_stale() {
        shell::run(&mut shell::npm(&["ci", "--ignore-scripts"]))?;
    }
    if pages_are_stale() {
        shell::run(&mut shell::npm(&["run", "build"]))?;
    }
    Ok(())
}

/// Arguments of the build. The whole workspace is chosen, so that a test run later finds the very same dependencies built.
pub fn programs_arguments(release: bool) -> Vec<&'static str> {
    let mut arguments = vec!["build", "--workspace", "--exclude", "xtask", "--bins"];
    if release {
        arguments.push("--release");
    }
    arguments
}

/// Where the build puts the programs.
pub fn built(release: bool) -> Result<Programs> {
    let folder = shell::target()?.join(if release { "release" } else { "debug" });
    let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok(Programs { window: program("cairn-app"), cairn: program("cairn") })
}

/// Gets the text model into `models`, or into the person's own store. Without it Cairn finds words only, and says so:
/// not having it stops nothing.
pub fn text_model(programs: &Programs, models: Option<&Path>) {
    let mut pull = std::process::Command::new(&programs.cairn);
    pull.args(["models", "pull", TEXT_MODEL]);
    if let Some(models) = models {
        pull.env("CAIRN_MODELS_DIR", models);
    }
    if let Err(error) = shell::run(&mut pull) {
        eprintln!(
            "warning: {error:#}\nGoing on without the text model: search will find words, not meaning."
        );
    }
}

/// When a file was last changed; `None`, the oldest of all, when it is missing.
fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

/// The newest file below a folder, apart from what is installed or built there.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .filter(|entry| !matches!(entry.file_name().to_str(), Some("node_modules" | "dist")))
        .filter_map(|entry| {
            let path = entry.path();
            if path.is_dir() { newest(&path) } else { changed(&path) }
        })
        .max()
}
