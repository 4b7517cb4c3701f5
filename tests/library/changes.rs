//! Folders change; the library follows, and nothing is read or embedded twice.

use std::fs;

use cairn_engine::api::{Mode, Scope};

use crate::shelf::{Shelf, add, names, rescan, search, search_for};

#[test]
fn new_changed_moved_and_deleted_files_are_seen() {
    let shelf = Shelf::new();
    shelf.write("keep.txt", "The boiler was serviced by Mr Oduya in October.");
    let moved = shelf.write("old/move.txt", "Grandmother's recipe for elderflower cordial.");
    let deleted = shelf.write("delete.txt", "Timetable of the ferry to the island.");
    let changed = shelf.write("change.txt", "The password of the safe is with the notary.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    assert_eq!(engine.status().unwrap().documents, 4);
    let cordial = search(&engine, "elderflower cordial").hits[0].passage;

    fs::create_dir_all(shelf.files().join("new")).unwrap();
    fs::rename(&moved, shelf.files().join("new/moved.txt")).unwrap();
    fs::remove_file(&deleted).unwrap();
    fs::write(&changed, "The spare key lies under the third flower pot.").unwrap();
    shelf.write("added.md", "# Chimney\n\nThe chimney sweep comes on Tuesday.");
    rescan(&engine);

    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.failed, status.pending), (4, 0, 0));
    assert_eq!(status.text.vectors, status.passages, "vectors of what is gone are gone");
    let after = search(&engine, "elderflower cordial");
    assert_eq!((names(&after)[0], after.hits[0].passage), ("moved.txt", cordial), "moved, not read again");
    assert_eq!(names(&search(&engine, "flower pot"))[0], "change.txt");
    assert_eq!(names(&search(&engine, "chimney sweep"))[0], "added.md");
    for gone in ["notary", "ferry timetable"] {
        let found = search_for(&engine, gone, Mode::Keyword, Scope::All);
        assert!(found.hits.is_empty(), "{gone}: {:?}", names(&found));
    }
}

#[test]
fn copies_share_one_content_and_are_shown_as_duplicates() {
    let shelf = Shelf::new();
    let text = "Minutes of the meeting about the new playground.";
    shelf.write("a/minutes.txt", text);
    shelf.write("b/minutes copy.txt", text);
    shelf.write("c/other.txt", "Something else entirely.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let groups = engine.duplicates().unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].items.len(), 2);
    let found = search(&engine, "playground meeting");
    assert_eq!(found.hits.iter().filter(|hit| hit.name.contains("minutes")).count(), 1);
    assert_eq!(found.hits[0].copies, 1);
    assert_eq!(engine.status().unwrap().documents, 2);
}

#[test]
fn a_folder_that_cannot_be_reached_loses_nothing() {
    let shelf = Shelf::new();
    shelf.write("drive/letter.txt", "A letter that lies on a drive.");
    let engine = shelf.open();
    add(&engine, &shelf.files().join("drive"));
    fs::rename(shelf.files().join("drive"), shelf.files().join("unplugged")).unwrap();
    rescan(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.roots[0].online), (1, false));
    assert_eq!(names(&search(&engine, "letter drive"))[0], "letter.txt");
    fs::rename(shelf.files().join("unplugged"), shelf.files().join("drive")).unwrap();
    rescan(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.roots[0].online), (1, true));
}

#[test]
fn the_empty_folder_of_an_unplugged_disk_loses_nothing() {
    let shelf = Shelf::new();
    shelf.write("disk/letter.txt", "A letter that lies on a disk.");
    let engine = shelf.open();
    add(&engine, &shelf.files().join("disk"));
    let root = engine.status().unwrap().roots[0].id;
    drop(engine);
    // As if the folder had been the place where a disk is mounted: what is left there when it is unplugged is an empty folder.
    let store = cairn_store::Store::open(&shelf.library()).unwrap();
    store.note_mounted(root).unwrap();
    store.close();
    fs::remove_file(shelf.files().join("disk/letter.txt")).unwrap();

    let engine = shelf.open();
    rescan(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.roots[0].online), (1, false));
    assert_eq!(names(&search(&engine, "letter disk"))[0], "letter.txt");
}

#[test]
fn what_is_left_out_leaves_the_library_and_stays_on_disk() {
    let shelf = Shelf::new();
    let diary = shelf.write("Private/diary.txt", "My diary speaks of the lighthouse.");
    shelf.write("letter.txt", "A letter about the orchard.");
    shelf.write("notes.log", "A log of the harbour.");
    shelf.write("node_modules/readme.txt", "Junk about the windmill.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    assert_eq!(engine.status().unwrap().documents, 3);
    let by_itself = engine.excludes().unwrap();
    assert!(by_itself.by_default && by_itself.lines.contains(&"node_modules/".to_owned()));

    let rules: Vec<String> = ["/private/", "*.log"].map(Into::into).to_vec();
    let preview = engine.preview_excludes(&rules).unwrap();
    assert_eq!((preview.files, preview.examples.len()), (2, 2));
    assert!(preview.examples.contains(&diary.display().to_string()));
    assert_eq!(engine.status().unwrap().documents, 3, "a preview changes nothing");
    let bad = engine.set_excludes(Some(vec!["[z-a]".into()])).unwrap_err();
    assert!(bad.message().contains("[z-a]"), "{bad}");

    engine.set_excludes(Some(rules.clone())).unwrap();
    crate::shelf::finish(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.failed, status.text.vectors), (2, 0, status.passages));
    assert!(search_for(&engine, "lighthouse", Mode::Keyword, Scope::All).hits.is_empty());
    assert_eq!(names(&search(&engine, "windmill"))[0], "readme.txt", "what the new rules let in is taken in");
    assert_eq!(fs::read_to_string(&diary).unwrap(), "My diary speaks of the lighthouse.");
    rescan(&engine);
    assert_eq!(engine.status().unwrap().documents, 2);

    engine.set_excludes(None).unwrap();
    crate::shelf::finish(&engine);
    assert_eq!(engine.status().unwrap().documents, 3);
    assert_eq!(names(&search(&engine, "diary lighthouse"))[0], "diary.txt");
    drop(engine);
    let listed = shelf.run(&["exclude", "--add", "*.log", "--preview"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("1 files would leave"), "{listed:?}");
    assert!(shelf.run(&["exclude", "--add", "*.log"]).status.success());
    let listed = shelf.run(&["exclude", "--json"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("\"*.log\""), "{listed:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_left_out_by_itself() {
    let shelf = Shelf::new();
    shelf.write("a/broken [1].pdf", "%PDF-1.4 and no more");
    shelf.write("b/broken [1].pdf", "%PDF-1.5 and nothing else");
    shelf.write("letter.txt", "A letter about the orchard.");
    let alone = shelf.write("elsewhere/alone.pdf", "%PDF-1.6 and that was it");
    let engine = shelf.open();
    for path in [shelf.files().join("a"), shelf.files().join("b"), alone] {
        add(&engine, &path);
    }
    let problems = engine.failed_files(0, 10).unwrap().files;
    let rules: Vec<(&str, Option<&str>)> =
        problems.iter().map(|file| (file.folder.as_str(), file.rule.as_deref())).collect();
    let a = problems.iter().find(|file| file.folder == "a").unwrap();
    let rule = a.rule.clone().unwrap();
    assert_eq!(problems.iter().filter(|file| file.rule.is_none()).count(), 1, "{rules:?}");
    assert!(
        engine.status().unwrap().roots.iter().any(|root| root.id == a.root && root.display.ends_with("a"))
    );

    let mut lines = engine.excludes().unwrap().lines;
    lines.push(rule);
    assert_eq!(engine.preview_excludes(&lines).unwrap().files, 1);
    engine.set_excludes(Some(lines)).unwrap();
    crate::shelf::finish(&engine);
    let left = engine.failed_files(0, 10).unwrap().files;
    let folders: Vec<&str> = left.iter().map(|file| file.folder.as_str()).collect();
    assert!(left.len() == 2 && !folders.contains(&"a"), "{folders:?}");
}

#[test]
fn a_removed_folder_leaves_the_library_and_stays_on_disk() {
    let shelf = Shelf::new();
    let file = shelf.write("letter.txt", "A letter about the orchard.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let root = engine.status().unwrap().roots[0].id;
    engine.remove_root(root).unwrap();
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.passages, status.text.vectors), (0, 0, 0));
    assert!(search(&engine, "orchard").hits.is_empty());
    assert_eq!(fs::read_to_string(file).unwrap(), "A letter about the orchard.");
}

#[test]
fn cairns_own_folders_are_nothing_to_find() {
    let shelf = Shelf::new();
    shelf.write("note.txt", "A note about the gate.");
    let engine = shelf.open_bare();
    assert!(engine.add_path(&shelf.library()).is_err());
    assert!(engine.add_path(&shelf.files().join("not-there")).is_err());
    assert!(engine.status().unwrap().roots.is_empty());
    // A folder around them may be added; they are passed over.
    add(&engine, shelf.library().parent().unwrap());
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.photos, status.failed), (1, 0, 0));
}
