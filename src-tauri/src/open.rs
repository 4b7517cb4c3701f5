//! Opening, showing and naming files of the library: always by id, never by a path that the window gave.

use std::path::{Path, PathBuf};

use cairn_core::{FileId, Kind};
use cairn_engine::Engine;

use crate::error::{CommandError, CommandResult};

/// Endings of files that run when they are opened, whatever they hold.
const RUNS_WHEN_OPENED: &[&str] = &[
    "app", "appimage", "bat", "cmd", "com", "command", "cpl", "desktop", "exe", "hta", "jar", "js", "jse",
    "lnk", "msi", "pif", "ps1", "py", "reg", "run", "scf", "scr", "sh", "url", "vb", "vbs", "wsf",
    "workflow",
];

pub fn open(engine: &Engine, file: FileId) -> CommandResult<()> {
    let (path, kind) = located(engine, file)?;
    if kind == Kind::Other || runs_when_opened(&path) {
        return Err(CommandError::user(
            "Opening this file could run it as a program. Show it in its folder instead.",
        ));
    }
    tauri_plugin_opener::open_path(&path, None::<&str>)
        .map_err(|error| CommandError::io("No program opened this file.", error))
}

pub fn reveal(engine: &Engine, file: FileId) -> CommandResult<()> {
    let (path, _) = located(engine, file)?;
    tauri_plugin_opener::reveal_item_in_dir(&path)
        .map_err(|error| CommandError::io("The folder could not be shown.", error))
}

pub fn copy_path(engine: &Engine, file: FileId) -> CommandResult<()> {
    let (path, _) = located(engine, file)?;
    arboard::Clipboard::new()
        .and_then(|mut clipboard| clipboard.set_text(path.to_string_lossy()))
        .map_err(|error| CommandError::io("The clipboard did not take the path.", error))
}

fn located(engine: &Engine, file: FileId) -> CommandResult<(PathBuf, Kind)> {
    let (path, kind) = engine.locate(file)?;
    if path.exists() {
        return Ok((path, kind));
    }
    Err(CommandError::user("This file is not there any more. Rescan its folder to update the library."))
}

fn runs_when_opened(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| RUNS_WHEN_OPENED.contains(&ending.as_str())) || is_executable(path)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    let marked = path.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    // Files on foreign drives are all marked executable; only a script or a binary would run.
    marked && {
        let mut head = [0u8; 4];
        std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
            && (head.starts_with(b"#!") || head == *b"\x7fELF")
    }
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_documents() {
        for runs in ["a.desktop", "b.SH", "c.exe", "d.lnk"] {
            assert!(runs_when_opened(Path::new(runs)), "{runs}");
        }
        for reads in ["a.pdf", "b.txt", "photo.JPG", "no-ending"] {
            assert!(!runs_when_opened(Path::new(reads)), "{reads}");
        }
    }
}
