use std::path::Path;
use std::sync::{Arc, Barrier};

use cairn_core::{ChosenForm, Class, IndexForm, KeptDims, Settings, Storage, Theme};
use cairn_store::{Counts, JobState, JobUpdate, NewJob, Store, StoreError, StoredMap};

use crate::{add, assert_sound, document, library, library_with_root, number, raw};

#[test]
fn a_new_library_is_empty_and_sound() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("not/there/yet");
    let store = Store::open(&inner).unwrap();
    assert_eq!(store.counts().unwrap(), Counts::default());
    assert_eq!(store.generation().unwrap(), 0);
    assert_eq!(store.settings().unwrap(), Settings::default());
    assert_eq!(store.load_map().unwrap(), None);
    assert!(store.database_bytes() > 0);
    drop(store);
    assert_sound(&inner);
    let db = raw(&inner);
    assert_eq!(number(&db, "PRAGMA user_version"), 7);
    assert_eq!(number(&db, "PRAGMA page_size"), 8192);
    let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let (dir, store, root) = library_with_root();
    let (content, passages) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    let mut settings = Settings::default();
    settings.text_index.choose(IndexForm { dims: KeptDims::D128, storage: Storage::Int8 });
    store.set_settings(&settings).unwrap();
    store.save_map(StoredMap { data: vec![1], generation: 1 }).unwrap();
    let map = StoredMap { data: vec![1, 2, 3], generation: 2 };
    store.save_map(map.clone()).unwrap();
    let (roots, generation) = (store.roots().unwrap(), store.generation().unwrap());
    store.close();
    assert!(!dir.path().join("library.db-wal").exists(), "closing empties the log");

    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.roots().unwrap(), roots);
    assert_eq!(store.generation().unwrap(), generation);
    assert_eq!(store.settings().unwrap(), settings);
    assert_eq!(store.load_map().unwrap(), Some(map));
    let stored: Vec<_> = store.passages_of(content).unwrap().into_iter().map(|p| (p.id, p.text)).collect();
    assert_eq!(stored, [(passages[0], "one".to_owned()), (passages[1], "two".to_owned())]);
}

#[test]
fn the_one_choice_of_dimensions_of_an_older_library_becomes_that_of_both_indexes() {
    let (dir, store) = library();
    store.close();
    let db = raw(dir.path());
    let older = r#"{"text_model":"m","photo_model":null,"dims":"d128","theme":"dark"}"#;
    db.execute("INSERT INTO meta (key, value) VALUES ('settings', ?1)", [older]).unwrap();
    db.execute("DROP INDEX contents_unread", []).unwrap();
    db.execute_batch(
        "DROP INDEX contents_unsketched; DROP TABLE sketches; DROP TABLE saved_searches; DROP TABLE past_searches;
         DROP INDEX files_by_name;",
    )
    .unwrap();
    for column in ["author", "place", "words", "ocr", "lang", "lens", "sketched"] {
        db.execute(&format!("ALTER TABLE contents DROP COLUMN {column}"), []).unwrap();
    }
    db.execute("ALTER TABLE roots DROP COLUMN mounted", []).unwrap();
    db.execute("ALTER TABLE roots DROP COLUMN drive", []).unwrap();
    db.execute_batch(
        "DROP INDEX files_by_description; ALTER TABLE files DROP COLUMN description_id; DROP TABLE descriptions;
         DROP INDEX files_pending; ALTER TABLE files DROP COLUMN wanted;
         CREATE INDEX files_pending ON files (id) WHERE state = 'pending';",
    )
    .unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);

    let settings = Store::open(dir.path()).unwrap().settings().unwrap();
    let kept = ChosenForm { now: IndexForm { dims: KeptDims::D128, storage: Storage::F16 }, before: None };
    let expected = Settings {
        text_model: Some("m".into()),
        text_index: kept,
        photo_index: kept,
        theme: Theme::Dark,
        ..Settings::default()
    };
    assert_eq!(settings, expected);
}

#[test]
fn what_was_measured_is_kept_under_its_name() {
    let (dir, store) = library();
    store.set_measurement("speed", &[1.5, 2.0]).unwrap();
    store.set_measurement("speed", &[2.5]).unwrap();
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.measurement::<Vec<f64>>("speed").unwrap(), Some(vec![2.5]));
    assert_eq!(store.measurement::<String>("speed").unwrap(), None, "of another kind");
    assert_eq!(store.measurement::<Vec<f64>>("size").unwrap(), None);
}

#[test]
fn a_newer_library_is_refused_and_left_as_it_is() {
    let (dir, store) = library();
    drop(store);
    raw(dir.path()).pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(dir.path().join("library.db")).unwrap();

    let error = Store::open(dir.path()).err().expect("a newer format is refused");
    assert!(matches!(error, StoreError::Newer { found: 99, known: 7, .. }), "{error:?}");
    assert_eq!(error.class(), Class::User);
    let message = error.to_string();
    assert!(message.contains("library.db") && message.contains("newer Cairn"), "{message}");
    assert_eq!(std::fs::read(dir.path().join("library.db")).unwrap(), before);
    assert_eq!(names(dir.path()), ["library.db"]);
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    raw(dir.path()).execute_batch("CREATE TABLE recipes (id INTEGER)").unwrap();
    let before = std::fs::read(dir.path().join("library.db")).unwrap();
    let error = Store::open(dir.path()).err().expect("it is not ours");
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(std::fs::read(dir.path().join("library.db")).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_called_damaged() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("library.db"),
        "this is not a database at all, but long enough".repeat(40),
    )
    .unwrap();
    let error = Store::open(dir.path()).err().expect("it is no database");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(error.class(), Class::Corrupt);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("library")).err().expect("a file is no folder");
    assert!(matches!(&error, StoreError::Folder { path, .. } if path.starts_with(&file)), "{error:?}");
}

#[test]
fn eight_programs_may_make_the_same_library_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let start = Arc::new(Barrier::new(8));
    let openers: Vec<_> = (0..8)
        .map(|i| {
            let (dir, start) = (dir.path().to_owned(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let store = Store::open(&dir).unwrap();
                store.add_root(Path::new(&format!("/root{i}")), 0).unwrap();
            })
        })
        .collect();
    openers.into_iter().for_each(|opener| opener.join().unwrap());
    assert_eq!(Store::open(dir.path()).unwrap().roots().unwrap().len(), 8);
    assert_sound(dir.path());
}

#[test]
fn a_closed_library_refuses() {
    let (_dir, store) = library();
    store.counts().unwrap();
    store.close();
    store.close();
    assert!(matches!(store.counts(), Err(StoreError::Closed)));
    assert!(matches!(store.add_root(Path::new("/x"), 0), Err(StoreError::Closed)));
}

#[test]
fn settings_that_cannot_be_understood_count_as_not_made() {
    let (dir, store) = library();
    store.set_settings(&Settings { text_model: Some("m".into()), ..Settings::default() }).unwrap();
    raw(dir.path()).execute("UPDATE meta SET value = '{\"theme\": 3' WHERE key = 'settings'", []).unwrap();
    assert_eq!(store.settings().unwrap(), Settings::default());
}

#[test]
fn jobs_are_remembered_until_they_end() {
    let (_dir, store) = library();
    let new = |title: &str| NewJob {
        kind: "index".into(),
        title: title.into(),
        state: JobState::Queued,
        payload: serde_json::json!({ "root": 3 }),
    };
    let first = store.insert_job(new("first"), 10).unwrap();
    let second = store.insert_job(new("second"), 20).unwrap();
    let running = JobUpdate { state: JobState::Running, done: 2, total: 5, failed: 1, error: None };
    store.update_job(first, running, 30).unwrap();
    let failed =
        JobUpdate { state: JobState::Failed, done: 0, total: 0, failed: 0, error: Some("disk".into()) };
    store.update_job(second, failed, 40).unwrap();

    let unfinished = store.unfinished_jobs().unwrap();
    assert_eq!(unfinished.len(), 1);
    let job = &unfinished[0];
    assert_eq!((job.id, job.state, job.done, job.total, job.failed), (first, JobState::Running, 2, 5, 1));
    assert_eq!((job.created_ms, job.updated_ms, &job.payload), (10, 30, &serde_json::json!({ "root": 3 })));
    let all: Vec<_> = store.jobs(9).unwrap().into_iter().map(|job| (job.title, job.error)).collect();
    assert_eq!(all, [("second".to_owned(), Some("disk".to_owned())), ("first".to_owned(), None)]);
    assert_eq!(store.generation().unwrap(), 0, "jobs do not change what searches find");
}

#[test]
fn old_finished_jobs_are_dropped() {
    let (_dir, store) = library();
    let job =
        |state| NewJob { kind: "map".into(), title: String::new(), state, payload: serde_json::Value::Null };
    let paused = store.insert_job(job(JobState::Paused), 0).unwrap();
    for now in 0..230 {
        store.insert_job(job(JobState::Done), now).unwrap();
    }
    assert_eq!(store.unfinished_jobs().unwrap()[0].id, paused);
    assert_eq!(store.jobs(1000).unwrap().len(), 202, "200, the new one, and the paused one");
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
