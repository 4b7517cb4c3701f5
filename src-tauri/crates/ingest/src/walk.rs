use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cairn_core::{Cancelled, Control, Problem, ProblemCode};
use ignore::WalkBuilder;

/// A regular file as the folder's listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its path: the root's path and what lies below.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Last change, in nanoseconds since 1970; 0 where the file system does not say.
    pub mtime_ns: i64,
    /// The file system's number of the file; 0 where unknown (Windows).
    pub inode: u64,
}

/// One thing met on a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file that may be read.
    File(Seen),
    /// Something there that cannot be read: a link, a folder that cannot be listed, a pipe.
    Problem {
        /// Where.
        path: PathBuf,
        /// Why.
        problem: Problem,
    },
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalkEnd {
    /// Everything below the root was listed: a file known earlier and not met now is deleted.
    pub complete: bool,
    /// Folders (or the root) that could not be listed: nothing at or below these paths may be called deleted.
    pub unlisted: Vec<PathBuf>,
}

/// Meets every file at or below `root` (a folder or a single file), except junk ([`is_junk`]).
///
/// Links are reported and not followed (`root` itself may be one). A `.gitignore` is not obeyed: people expect
/// their files to be found. A folder that cannot be read is reported and the walk goes on.
pub fn walk(root: &Path, control: &Control, on: &mut dyn FnMut(Found)) -> Result<WalkEnd, Cancelled> {
    let mut unlisted = Vec::new();
    let entries = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(|entry| {
            entry.depth() == 0 || !is_junk(entry.file_name(), entry.file_type().is_some_and(|t| t.is_dir()))
        })
        .build();
    for entry in entries {
        control.checkpoint()?;
        match entry {
            Ok(entry) if entry.depth() > 0 && entry.path_is_symlink() => on(link(entry.into_path())),
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_dir()) => {}
            Ok(entry) => match std::fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) => on(file(entry.into_path(), &metadata)),
                // It vanished since the folder was listed: as if it had never been met.
                Err(error) if error.kind() == io::ErrorKind::NotFound && entry.depth() > 0 => {}
                Err(error) => {
                    let path = entry.into_path();
                    unlisted.push(path.clone());
                    on(Found::Problem { path, problem: Problem::from_io(&error) });
                }
            },
            Err(error) => {
                let path = error_path(&error).unwrap_or(root).to_path_buf();
                unlisted.push(path.clone());
                let gone = error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound);
                // A folder that vanished meanwhile is not worth a word; a root that is not there is.
                if !gone || path == root {
                    on(Found::Problem { path, problem: walk_problem(&error) });
                }
            }
        }
    }
    // A drive that was unplugged during the walk looks like a folder whose files are all gone.
    if unlisted.is_empty() && root.symlink_metadata().is_err() {
        unlisted.push(root.to_path_buf());
    }
    Ok(WalkEnd { complete: unlisted.is_empty(), unlisted })
}

/// Whether a file or folder of this name is something nobody searches for: hidden, a program's cache or build
/// output, the system's or an office program's own bookkeeping, a half-finished download. Watchers must use it too.
pub fn is_junk(name: &OsStr, is_dir: bool) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    if name.starts_with('.') {
        return true;
    }
    if is_dir { JUNK_FOLDERS.contains(&name.as_str()) } else { is_junk_file(&name) }
}

/// Whether a path below a root, or a folder on the way to it, is junk: a walk of the root does not meet it.
pub fn is_below_junk(root: &Path, path: &Path, is_dir: bool) -> bool {
    let Ok(below) = path.strip_prefix(root) else { return false };
    let mut names = below.iter().peekable();
    while let Some(name) = names.next() {
        if is_junk(name, is_dir || names.peek().is_some()) {
            return true;
        }
    }
    false
}

/// `root` and all folders below that a walk enters. Nothing where there is none.
pub(crate) fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(|entry| {
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            entry.depth() == 0 || (is_dir && !is_junk(entry.file_name(), true))
        })
        .build();
    entries.flatten().map(ignore::DirEntry::into_path).collect()
}

const JUNK_FOLDERS: [&str; 15] = [
    "node_modules",
    "bower_components",
    "target",
    "__pycache__",
    "__macosx",
    "venv",
    "site-packages",
    "cache",
    "caches",
    "$recycle.bin",
    "#recycle",
    "@eadir",
    "system volume information",
    "lost+found",
    "found.000",
];

fn is_junk_file(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "ntuser.dat", "pagefile.sys"];
    const ENDINGS: [&str; 9] =
        [".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", ".lock", ".pyc"];
    NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.starts_with("~$")
        || name.ends_with('~')
}

fn file(path: PathBuf, metadata: &Metadata) -> Found {
    if !metadata.is_file() {
        return Found::Problem {
            path,
            problem: Problem::new(ProblemCode::Unsupported, "not a regular file"),
        };
    }
    Found::File(Seen { path, size: metadata.len(), mtime_ns: mtime_ns(metadata), inode: inode(metadata) })
}

fn link(path: PathBuf) -> Found {
    let target = std::fs::read_link(&path).unwrap_or_default();
    let problem = match std::fs::metadata(&path) {
        Ok(_) => Problem::new(
            ProblemCode::Unsupported,
            format!("a link to {}; links are not followed, add the folder it leads to", target.display()),
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Problem::from_io(&error),
        Err(_) => Problem::new(ProblemCode::Gone, format!("a link that leads nowhere: {}", target.display())),
    };
    Found::Problem { path, problem }
}

fn mtime_ns(metadata: &Metadata) -> i64 {
    let Ok(modified) = metadata.modified() else { return 0 };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        _ => None,
    }
}

fn walk_problem(error: &ignore::Error) -> Problem {
    match error.io_error() {
        Some(io) => Problem::from_io(io),
        None => Problem::new(ProblemCode::Io, error.to_string()),
    }
}
