//! What the black-box tests share: where things lie, and the real window driven from outside.

use std::path::{Path, PathBuf};

pub mod drop;
pub mod webdriver;
pub mod window;

/// The root of the repository.
pub fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The folder that holds the built programs of this profile: `<target>/debug` for a test in `<target>/debug/deps`.
pub fn programs() -> std::io::Result<PathBuf> {
    let test = std::env::current_exe()?;
    Ok(test.ancestors().nth(2).unwrap_or(&test).to_path_buf())
}

/// The models that `cargo xtask test` pulls: `$CAIRN_MODELS_DIR`, or `<target>/models`.
pub fn models() -> std::io::Result<PathBuf> {
    match std::env::var_os("CAIRN_MODELS_DIR") {
        Some(dir) => Ok(dir.into()),
        None => Ok(programs()?.with_file_name("models")),
    }
}

/// Where screenshots of the window go: `$CAIRN_SCREENSHOTS`, or `<target>/screenshots`.
pub fn screenshots() -> std::io::Result<PathBuf> {
    match std::env::var_os("CAIRN_SCREENSHOTS") {
        Some(dir) => Ok(dir.into()),
        None => Ok(programs()?.with_file_name("screenshots")),
    }
}
