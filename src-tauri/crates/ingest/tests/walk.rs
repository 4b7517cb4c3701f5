//! Walking a folder.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use cairn_core::{Cancelled, Control, Problem, ProblemCode};
use cairn_ingest::{Found, Rules, Seen, WalkEnd, walk};

#[derive(Default)]
struct Met {
    files: Vec<PathBuf>,
    problems: Vec<(PathBuf, ProblemCode)>,
}

fn met(root: &Path) -> (Met, WalkEnd) {
    let mut met = Met::default();
    let end = walk(root, &Rules::default().below(root), &Control::new(), &mut |found| match found {
        Found::File(seen) => met.files.push(seen.path.strip_prefix(root).unwrap().to_path_buf()),
        Found::Problem { path, problem } => {
            met.problems.push((path.strip_prefix(root).unwrap().to_path_buf(), problem.code));
        }
    });
    met.files.sort();
    met.problems.sort();
    (met, end.unwrap())
}

fn put(root: &Path, names: &[&str]) {
    for name in names {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

#[test]
fn files_are_found_and_junk_is_not() {
    let root = tempfile::tempdir().unwrap();
    let wanted = ["a.txt", "deep/er/b.pdf", "ignored.log", "target.txt", "photos/Caches of 1999.jpg"];
    put(root.path(), &wanted);
    put(
        root.path(),
        &[
            ".hidden",
            ".git/config",
            "node_modules/x/readme.md",
            "target/debug/x",
            "py/__pycache__/x.pyc",
            "Cache/data",
            "Thumbs.db",
            "deep/.DS_Store",
            "desktop.ini",
            "~$report.docx",
            "x.tmp",
            "film.mp4.part",
            "draft.txt~",
            "@eaDir/x.jpg",
            "System Volume Information/x",
            "._photo.jpg",
        ],
    );
    put(root.path(), &[".gitignore"]);
    fs::write(root.path().join(".gitignore"), "ignored.log\n").unwrap();
    let (met, end) = met(root.path());
    let mut wanted = paths(&wanted);
    wanted.sort();
    assert_eq!(met.files, wanted);
    assert_eq!(met.problems, []);
    assert_eq!(end, WalkEnd { complete: true, unlisted: Vec::new() });
}

#[test]
fn a_file_is_described_by_its_listing() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.txt");
    fs::write(&path, "hello").unwrap();
    let mut all = Vec::new();
    walk(root.path(), &Rules::default().below(root.path()), &Control::new(), &mut |found| all.push(found))
        .unwrap();
    let metadata = fs::metadata(&path).unwrap();
    let mtime = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as i64;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    assert_eq!(all, [Found::File(Seen { path, size: 5, mtime_ns: mtime, inode })]);
}

#[test]
fn a_root_may_be_a_single_file_even_a_hidden_one() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &[".notes.txt"]);
    let (met, end) = met(&root.path().join(".notes.txt"));
    assert_eq!(met.files, paths(&[""]));
    assert!(end.complete);
}

#[test]
fn a_missing_root_is_not_a_deleted_library() {
    let root = tempfile::tempdir().unwrap();
    let gone = root.path().join("unplugged");
    let (met, end) = met(&gone);
    assert_eq!(met.files, paths(&[]));
    assert_eq!(met.problems, [(PathBuf::new(), ProblemCode::Gone)]);
    assert_eq!(end, WalkEnd { complete: false, unlisted: vec![gone] });
}

#[cfg(unix)]
#[test]
fn links_are_reported_and_not_followed() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["real/a.txt"]);
    symlink(root.path().join("real"), root.path().join("to-folder")).unwrap();
    symlink(root.path(), root.path().join("real/cycle")).unwrap();
    symlink("a.txt", root.path().join("real/to-file")).unwrap();
    symlink("nowhere", root.path().join("dead")).unwrap();
    symlink("self", root.path().join("self")).unwrap();
    let (first, end) = met(root.path());
    assert_eq!(first.files, paths(&["real/a.txt"]));
    let problems = [
        ("dead", ProblemCode::Gone),
        ("real/cycle", ProblemCode::Unsupported),
        ("real/to-file", ProblemCode::Unsupported),
        ("self", ProblemCode::Gone),
        ("to-folder", ProblemCode::Unsupported),
    ];
    assert_eq!(first.problems, problems.map(|(path, code)| (PathBuf::from(path), code)));
    assert!(end.complete);
    // The root itself may be a link: a person added it.
    let (through, end) = met(&root.path().join("to-folder"));
    assert_eq!(through.files, paths(&["a.txt"]));
    assert!(end.complete);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_reported_and_the_walk_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["a/1.txt", "b/2.txt", "c/3.txt"]);
    let locked = root.path().join("b");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let readable_anyway = fs::read_dir(&locked).is_ok();
    let (met, end) = met(root.path());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if readable_anyway {
        eprintln!("SKIPPED: this user may read everything");
        return;
    }
    assert_eq!(met.files, paths(&["a/1.txt", "c/3.txt"]));
    assert_eq!(met.problems, [(PathBuf::from("b"), ProblemCode::NoPermission)]);
    assert_eq!(end, WalkEnd { complete: false, unlisted: vec![locked] });
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_unicode_are_found() {
    use std::os::unix::ffi::OsStringExt;
    let root = tempfile::tempdir().unwrap();
    let name = std::ffi::OsString::from_vec(b"caf\xE9.txt".to_vec());
    fs::write(root.path().join(&name), "x").unwrap();
    let (met, _) = met(root.path());
    assert_eq!(met.files, [PathBuf::from(name)]);
}

#[test]
fn a_file_that_vanishes_during_the_walk_is_as_if_never_met() {
    let root = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..50).map(|i| format!("{i:02}/file.txt")).collect();
    put(root.path(), &names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut problems: Vec<(PathBuf, Problem)> = Vec::new();
    let mut files = 0;
    walk(root.path(), &Rules::default().below(root.path()), &Control::new(), &mut |found| match found {
        Found::File(_) => {
            files += 1;
            for i in 0..50 {
                let _ = fs::remove_dir_all(root.path().join(format!("{i:02}")));
            }
        }
        Found::Problem { path, problem } => problems.push((path, problem)),
    })
    .unwrap();
    assert_eq!((files, problems), (1, Vec::new()));
}

#[test]
fn a_walk_can_be_stopped() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), &["a", "b", "c"]);
    let control = Control::new();
    let mut files = 0;
    let end = walk(root.path(), &Rules::default().below(root.path()), &control, &mut |_| {
        files += 1;
        control.cancel();
    });
    assert_eq!((end, files), (Err(Cancelled), 1));
}
