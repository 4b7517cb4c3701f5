use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cairn_core::{Cancelled, Control, Problem, ProblemCode};
use ignore::{DirEntry, WalkBuilder};

use crate::rules::RootRules;

/// A regular file as the folder's listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its path: where the walk began and what lies below.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Last change, in nanoseconds since 1970; 0 where the file system does not say.
    pub mtime_ns: i64,
    /// The file system's number of the file; 0 where it has none that lasts (FAT, network drives, Windows).
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

/// Meets every file at or below `at` (a folder or a single file), except what `rules` leave out.
///
/// Links are reported and not followed (`at` itself may be one). A `.gitignore` is obeyed only where the rules say so: people
/// expect their files to be found. A folder that cannot be read is reported and the walk goes on.
pub fn walk(
    at: &Path,
    rules: &RootRules,
    control: &Control,
    on: &mut dyn FnMut(Found),
) -> Result<WalkEnd, Cancelled> {
    let mut unlisted = Vec::new();
    let numbered = keeps_numbers(at);
    let rules = rules.clone();
    let entries = WalkBuilder::new(at)
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(move |entry| entry.depth() == 0 || !rules.leaves_out(entry.path(), is_dir(entry)))
        .build();
    for entry in entries {
        control.checkpoint()?;
        match entry {
            Ok(entry) if entry.depth() > 0 && entry.path_is_symlink() => on(link(entry.into_path())),
            Ok(entry) if entry.file_type().is_some_and(|t| t.is_dir()) => {}
            Ok(entry) => match std::fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) => on(file(entry.into_path(), &metadata, numbered)),
                // It vanished since the folder was listed: as if it had never been met.
                Err(error) if error.kind() == io::ErrorKind::NotFound && entry.depth() > 0 => {}
                Err(error) => {
                    let path = entry.into_path();
                    unlisted.push(path.clone());
                    on(Found::Problem { path, problem: Problem::from_io(&error) });
                }
            },
            Err(error) => {
                let path = error_path(&error).unwrap_or(at).to_path_buf();
                unlisted.push(path.clone());
                let gone = error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound);
                // A folder that vanished meanwhile is not worth a word; a root that is not there is.
                if !gone || path == at {
                    on(Found::Problem { path, problem: walk_problem(&error) });
                }
            }
        }
    }
    // A drive that was unplugged during the walk looks like a folder whose files are all gone.
    if unlisted.is_empty() && at.symlink_metadata().is_err() {
        unlisted.push(at.to_path_buf());
    }
    Ok(WalkEnd { complete: unlisted.is_empty(), unlisted })
}

fn is_dir(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn file(path: PathBuf, metadata: &Metadata, numbered: bool) -> Found {
    if !metadata.is_file() {
        return Found::Problem {
            path,
            problem: Problem::new(ProblemCode::Unsupported, "not a regular file"),
        };
    }
    let inode = if numbered { inode(metadata) } else { 0 };
    Found::File(Seen { path, size: metadata.len(), mtime_ns: mtime_ns(metadata), inode })
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

/// Whether the file system of a folder gives each file a number that it keeps: others make them up when they are mounted, and every file
/// would look like another one.
#[cfg(target_os = "linux")]
fn keeps_numbers(at: &Path) -> bool {
    // ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, overlayfs (statfs(2)).
    const KEEPING: [i64; 6] = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994, 0x794C_7630];
    #[allow(clippy::unnecessary_cast, reason = "the type of the number is not the same on every processor")]
    rustix::fs::statfs(at).is_ok_and(|found| KEEPING.contains(&(found.f_type as i64)))
}

#[cfg(not(target_os = "linux"))]
fn keeps_numbers(_: &Path) -> bool {
    false
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
