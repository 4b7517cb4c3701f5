//! What lies in folders beside files, and files that few programs expect: nothing of it stops reading or is read for ever.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use cairn_core::ProblemCode;
use cairn_engine::api::{Mode, Scope};

use crate::shelf::{Shelf, add, fingerprint, names, rescan, search, search_for};

#[test]
fn links_pipes_sockets_and_endless_paths_stop_nothing() {
    let shelf = Shelf::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.txt"), "A secret about the volcano.").unwrap();
    shelf.write("letter.txt", "A letter about the orchard.");
    let files = shelf.files();
    symlink(&files, files.join("round")).unwrap();
    symlink("ring-b", files.join("ring-a")).unwrap();
    symlink("ring-a", files.join("ring-b")).unwrap();
    symlink(outside.path(), files.join("out")).unwrap();
    symlink("/dev/zero", files.join("zero.txt")).unwrap();
    assert!(Command::new("mkfifo").arg(files.join("pipe.txt")).status().unwrap().success());
    let _socket = UnixListener::bind(files.join("socket")).unwrap();
    fs::write(files.join(OsString::from_vec(b"caf\xE9.txt".to_vec())), "A note about the harbour.").unwrap();
    // Deeper than the 4,096 bytes that the system takes for a path: two halves that are not.
    let name = "d".repeat(250);
    let half = [name.as_str(); 12].join("/");
    let (upper, lower) = (files.join(&half), files.join("lower"));
    fs::create_dir_all(&upper).unwrap();
    fs::create_dir_all(lower.join(&half)).unwrap();
    fs::write(lower.join(&half).join("deep.txt"), "too deep").unwrap();
    fs::rename(&lower, upper.join("lower")).unwrap();
    let before = fingerprint(&files);

    let engine = shelf.open();
    engine.add_path(&files).unwrap();
    crate::shelf::finish(&engine);
    rescan(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.pending), (2, 0));
    assert_eq!(names(&search(&engine, "orchard"))[0], "letter.txt");
    assert_eq!(names(&search(&engine, "harbour"))[0], "caf\u{FFFD}.txt");
    let outside = search_for(&engine, "volcano", Mode::Keyword, Scope::All);
    assert!(outside.hits.is_empty(), "links are not followed out of the folder");
    let failed = engine.failed_files(0, 50).unwrap();
    let why = |name: &str| failed.files.iter().find(|file| file.name == name).map(|file| file.problem.code);
    for (name, code) in [
        ("round", ProblemCode::Unsupported),
        ("ring-a", ProblemCode::Gone),
        ("out", ProblemCode::Unsupported),
        ("zero.txt", ProblemCode::Unsupported),
        ("pipe.txt", ProblemCode::Unsupported),
        ("socket", ProblemCode::Unsupported),
    ] {
        assert_eq!(why(name), Some(code), "{name}");
    }
    assert!(failed.files.iter().any(|file| file.name == name), "the folder that is too deep is named");
    assert_eq!(fingerprint(&files), before);
}

/// Where the system keeps numbers of files, another file in the place of one is seen even if size and time are the same.
#[test]
fn a_file_that_takes_the_place_of_another_is_read() {
    let shelf = Shelf::new();
    let path = shelf.write("note.txt", "The key is under the doormat.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let other = shelf.write("../other.txt", "The key is behind the mirror.");
    fs::File::options().write(true).open(&other).unwrap().set_modified(modified).unwrap();
    let number = fs::metadata(&path).unwrap().ino();
    fs::rename(&other, &path).unwrap();
    let now = fs::metadata(&path).unwrap();
    assert!((now.len(), now.modified().unwrap()) == (29, modified) && now.ino() != number);
    rescan(&engine);
    let found = search(&engine, "where is the key");
    assert!(found.hits[0].snippet.as_ref().unwrap().text.contains("mirror"), "{:?}", found.hits[0]);
}
