//! Folders that are watched: the library follows by itself, also when thousands of files change at once.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cairn_engine::Engine;
use cairn_engine::api::{JobState, Status};

use crate::shelf::{Shelf, add, names, search};

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

fn until(engine: &Engine, what: &str, done: impl Fn(&Status) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done(&engine.status().unwrap()) {
        assert!(Instant::now() < deadline, "{what}: {:?} {:?}", engine.status().unwrap(), engine.jobs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Nothing waits to be read or embedded, and no job is at work.
fn is_calm(engine: &Engine, status: &Status) -> bool {
    let busy = |state| matches!(state, JobState::Queued | JobState::Running);
    status.pending == 0 && status.text.waiting == 0 && !engine.jobs().iter().any(|job| busy(job.state))
}

#[test]
fn a_watched_folder_is_followed() {
    let shelf = Shelf::new();
    let paragraph = |about: &str| format!("{} ", format!("The story of the {about} is long.").repeat(60));
    let story =
        shelf.write("stories/story.txt", format!("{}\n\n{}", paragraph("lighthouse"), paragraph("harbour")));
    shelf.write("letter.txt", "A letter about the orchard.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    engine.watch().unwrap();
    engine.watch().unwrap();
    let first = |query: &str| {
        let found = search(&engine, query);
        names(&found).first().map(|name| (*name).to_owned())
    };
    let settled = |status: &Status| {
        status.pending == 0 && status.text.waiting == 0 && status.text.vectors == status.passages
    };

    shelf.write("new/deep/chimney.md", "The chimney sweep comes on Tuesday.");
    shelf.write("node_modules/junk.txt", "Nobody searches here.");
    until(&engine, "a new file in new folders", |now| now.documents == 3 && settled(now));
    assert_eq!(first("chimney sweep").as_deref(), Some("chimney.md"));

    let mut text = fs::read_to_string(&story).unwrap();
    text.push_str("\n\nAt the end a whale is seen.");
    fs::write(&story, text).unwrap();
    until(&engine, "a longer file", |now| {
        settled(now) && first("a whale is seen").as_deref() == Some("story.txt")
    });

    fs::rename(shelf.files().join("stories"), shelf.files().join("tales")).unwrap();
    until(&engine, "a renamed folder", |now| {
        settled(now) && search(&engine, "a whale is seen").hits[0].folder.ends_with("tales")
    });
    fs::write(shelf.files().join("tales/second.txt"), "Another tale, of a walrus.").unwrap();
    until(&engine, "a file in a renamed folder", |now| now.documents == 4 && settled(now));

    fs::remove_dir_all(shelf.files().join("new")).unwrap();
    fs::remove_file(shelf.files().join("letter.txt")).unwrap();
    until(&engine, "deleted files", |now| now.documents == 2 && settled(now));
    assert_eq!(first("walrus").as_deref(), Some("second.txt"));
    let jobs = engine.jobs();
    assert!(jobs.iter().all(|job| job.failed == 0 && job.error.is_none()), "{jobs:?}");
}

/// What a library of its own, made now, holds of a folder.
fn counted_anew(folder: &Path) -> (u64, u64, u64) {
    let shelf = Shelf::new();
    let engine = shelf.open_bare();
    add(&engine, folder);
    held(&engine.status().unwrap())
}

fn held(status: &Status) -> (u64, u64, u64) {
    (status.documents, status.passages, status.failed)
}

#[test]
fn ten_thousand_changes_at_once_are_followed() {
    let shelf = Shelf::new();
    shelf.write("letter.txt", "A letter about the orchard.");
    let engine = shelf.open_bare();
    add(&engine, &shelf.files());
    engine.watch().unwrap();
    let name = |number: usize| format!("notes/{}/{number}.txt", number % 20);
    for number in 0..10_000 {
        shelf.write(&name(number), format!("Note {number} of the harbour master."));
    }
    until(&engine, "ten thousand new files", |now| now.documents == 10_001 && is_calm(&engine, now));

    for number in 0..10_000 {
        let path = shelf.files().join(name(number));
        match number % 3 {
            0 => fs::remove_file(path).unwrap(),
            1 => fs::write(path, format!("Note {number}, rewritten at the lighthouse.")).unwrap(),
            _ => fs::rename(&path, path.with_extension("md")).unwrap(),
        }
    }
    let expected = counted_anew(&shelf.files());
    assert_eq!(expected, (6_667, 6_667, 0));
    until(&engine, "ten thousand changes", |now| held(now) == expected && is_calm(&engine, now));
    assert_eq!(names(&search(&engine, "\"note 9997\" lighthouse")), ["9997.txt"], "rewritten");
    assert_eq!(names(&search(&engine, "\"note 9998\"")), ["9998.md"], "renamed");
    assert_eq!(names(&search(&engine, "\"note 9999\"")), Vec::<&str>::new(), "deleted");
}

#[test]
fn the_branches_of_a_repository_are_followed() {
    let shelf = Shelf::new();
    let files = shelf.files();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ann", "-c", "user.email=ann@localhost"]);
        command.current_dir(&files).args(arguments).output()
    };
    let Ok(made) = git(&["init", "-q", "-b", "main"]) else {
        eprintln!("skipped: git is not installed");
        return;
    };
    assert!(made.status.success(), "{made:?}");
    let must = |arguments: &[&str]| {
        let done = git(arguments).unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    };
    for number in 0..600 {
        shelf
            .write(&format!("src/{}/{number}.rs", number % 12), format!("// Part {number} of the windmill."));
    }
    must(&["add", "-A"]);
    must(&["commit", "-q", "-m", "windmill"]);
    must(&["checkout", "-q", "-b", "other"]);
    for number in (0..600).step_by(2) {
        fs::remove_file(files.join(format!("src/{}/{number}.rs", number % 12))).unwrap();
        if number % 4 == 0 {
            shelf.write(
                &format!("lib/{}/{number}.rs", number % 7),
                format!("// Part {number} of the watermill."),
            );
        }
        let kept = number + 1;
        shelf.write(&format!("src/{}/{kept}.rs", kept % 12), format!("// Part {kept} of the treadmill."));
    }
    must(&["add", "-A"]);
    must(&["commit", "-q", "-m", "watermill"]);

    let engine = shelf.open_bare();
    add(&engine, &files);
    engine.watch().unwrap();
    for (branch, words, gone) in [
        ("main", "windmill", "watermill"),
        ("other", "watermill", "windmill"),
        ("main", "windmill", "treadmill"),
    ] {
        must(&["checkout", "-q", branch]);
        let expected = counted_anew(&files);
        until(&engine, branch, |now| held(now) == expected && is_calm(&engine, now));
        let found = |words: &str| search(&engine, words).documents;
        assert!(found(words) > 0 && found(gone) == 0, "{branch}: {} {}", found(words), found(gone));
    }
}
