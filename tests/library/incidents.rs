//! What happened to people with other programs and must not happen here: files that were left out or out of reach for a while were
//! deleted from the disk, or read all over again. Named are the reports in Immich's tracker that tell what was done.

use std::fs;
use std::path::PathBuf;

use cairn_engine::Engine;

use crate::shelf::{Shelf, add, fingerprint, finish, names, rescan, sample, search};

/// Letters, a diary and photos below one folder.
fn family(shelf: &Shelf) -> PathBuf {
    shelf.write("family/letters/harbour.txt", "A letter about the harbour and its cranes.");
    shelf.write("family/private/diary.txt", "The diary of a lighthouse keeper.");
    let photos = fs::read_dir(sample().join("Photos/2022 Walks")).unwrap();
    for photo in photos.take(2) {
        let photo = photo.unwrap();
        shelf.write(
            &format!("family/photos/{}", photo.file_name().to_str().unwrap()),
            fs::read(photo.path()).unwrap(),
        );
    }
    shelf.files().join("family")
}

/// Everything after which a program may think that a file is not wanted any more.
fn live_on(shelf: &Shelf, engine: Engine) -> Engine {
    rescan(&engine);
    drop(engine);
    let engine = shelf.open();
    finish(&engine);
    rescan(&engine);
    engine
}

fn leave_out(engine: &Engine, lines: &[&str]) {
    engine.set_excludes(Some(lines.iter().map(|line| (*line).to_owned()).collect())).unwrap();
    finish(engine);
}

/// Documents and photos that there are, and files that could not be read.
fn counts(engine: &Engine) -> (u64, u64, u64) {
    let status = engine.status().unwrap();
    (status.documents, status.photos, status.failed)
}

/// #20372 and #14898: read, then left out by a pattern; then all was deleted for good.
#[test]
fn files_that_a_pattern_leaves_out_stay_on_disk() {
    let shelf = Shelf::new();
    let folder = family(&shelf);
    let before = fingerprint(&folder);
    let engine = shelf.open();
    add(&engine, &folder);
    assert_eq!(counts(&engine), (2, 2, 0));
    leave_out(&engine, &["*.jpg", "*.jpeg", "diary.*"]);
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (1, 0, 0));
    assert_eq!(fingerprint(&folder), before);
    engine.remove_root(engine.status().unwrap().roots[0].id).unwrap();
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (0, 0, 0));
    assert_eq!(fingerprint(&folder), before);
}

/// #14995: a folder was read by accident, then left out.
#[test]
fn a_folder_that_is_left_out_stays_on_disk_and_may_come_back() {
    let shelf = Shelf::new();
    let folder = family(&shelf);
    let before = fingerprint(&folder);
    let engine = shelf.open();
    add(&engine, &folder);
    let root = engine.status().unwrap().roots[0].id;
    let folders = engine.folders(root, "").unwrap();
    let private = folders.iter().find(|folder| folder.name == "private").unwrap();
    assert_eq!((private.files, private.left_out), (1, false));
    leave_out(&engine, &[&private.rule]);
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (1, 2, 0));
    assert_eq!(fingerprint(&folder), before);
    let folders = engine.folders(root, "").unwrap();
    let left_out: Vec<(&str, bool)> = folders.iter().map(|f| (f.name.as_str(), f.left_out)).collect();
    assert_eq!(left_out, [("letters", false), ("photos", false), ("private", true)]);

    engine.set_excludes(None).unwrap();
    finish(&engine);
    assert_eq!(counts(&engine), (2, 2, 0));
    assert_eq!(fingerprint(&folder), before);
}

/// #10039: the folder had been moved, what was no longer at its path was to be removed.
#[test]
fn forgetting_a_folder_that_is_elsewhere_touches_neither_place() {
    let shelf = Shelf::new();
    let folder = family(&shelf);
    let engine = shelf.open();
    add(&engine, &folder);
    let elsewhere = shelf.files().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    let before = fingerprint(&shelf.files());
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (2, 2, 0), "not there is not deleted");
    engine.remove_root(engine.status().unwrap().roots[0].id).unwrap();
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (0, 0, 0));
    assert_eq!(fingerprint(&shelf.files()), before);
}

/// #17290: a drive was unplugged for a while, and 30,000 files were read again.
#[test]
fn a_drive_that_comes_back_is_not_read_again() {
    let shelf = Shelf::new();
    let folder = family(&shelf);
    let engine = shelf.open();
    add(&engine, &folder);
    let before = search(&engine, "harbour cranes").hits[0].passage;
    let thumbnails = fingerprint(&shelf.library().join("thumbnails"));
    let away = shelf.files().join("away");
    fs::rename(&folder, &away).unwrap();
    let engine = live_on(&shelf, engine);
    let found = search(&engine, "harbour cranes");
    assert_eq!((names(&found)[0], found.hits[0].passage), ("harbour.txt", before));
    let roots = engine.status().unwrap().roots;
    assert_eq!((found.hits[0].root, roots[0].online), (roots[0].id, false));

    fs::rename(&away, &folder).unwrap();
    let engine = live_on(&shelf, engine);
    assert_eq!(counts(&engine), (2, 2, 0));
    assert_eq!(search(&engine, "harbour cranes").hits[0].passage, before);
    assert_eq!(fingerprint(&shelf.library().join("thumbnails")), thumbnails);
    let job = engine.jobs().into_iter().find(|job| job.files.unchanged > 0).unwrap();
    assert_eq!((job.files.read, job.files.merged, job.files.unchanged), (0, 0, 4));
}

/// The same, where a newer Cairn wants to read everything anew while the drive is away.
#[test]
fn a_newer_cairn_takes_nothing_from_a_drive_that_is_away() {
    let shelf = Shelf::new();
    let folder = family(&shelf);
    let engine = shelf.open();
    add(&engine, &folder);
    drop(engine);
    let store = cairn_store::Store::open(&shelf.library()).unwrap();
    for kind in [cairn_core::Kind::Text, cairn_core::Kind::Jpeg] {
        store.outdate(kind).unwrap();
    }
    store.close();
    let away = shelf.files().join("away");
    fs::rename(&folder, &away).unwrap();
    let engine = live_on(&shelf, shelf.open());
    assert_eq!(counts(&engine), (2, 2, 0));
    assert_eq!(names(&search(&engine, "lighthouse keeper"))[0], "diary.txt");

    fs::rename(&away, &folder).unwrap();
    let engine = live_on(&shelf, engine);
    let status = engine.status().unwrap();
    assert_eq!((counts(&engine), status.pending), ((2, 2, 0), 0));
    assert_eq!(names(&search(&engine, "lighthouse keeper"))[0], "diary.txt");
}
