//! How files get into a library: what is known of them at once, which come first, and what makes them wait.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use cairn_core::{Cores, Indexing, Kind};
use cairn_engine::api::{JobState, JobView, UnreadFile};
use cairn_engine::{Engine, EngineOptions, Folders};

use crate::shelf::{Shelf, add, cairn, finish, names, rescan, search, text_models};

/// Opens a library on a computer that runs on battery, and lets it read only while plugged in: files are found, and not read.
fn open_on_battery(shelf: &Shelf) -> Engine {
    let options = EngineOptions { on_battery: Box::new(|| true), ..EngineOptions::new(cairn()) };
    let engine = Engine::open(Folders::below(&shelf.library(), Some(text_models())), options).unwrap();
    let indexing = Indexing { only_on_mains: true, cores: Cores::One, ..Indexing::default() };
    engine.set_indexing(indexing).unwrap();
    engine
}

/// The job that waits for the charger.
fn waiting(engine: &Engine) -> JobView {
    let begun = Instant::now();
    loop {
        if let Some(job) = engine.jobs().into_iter().find(|job| job.waits_for_power) {
            return job;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no job waits: {:?}", engine.jobs());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn unread(engine: &Engine, query: &str) -> Vec<(String, Kind, bool)> {
    let unread = search(engine, query).unread;
    unread.into_iter().map(|UnreadFile { name, kind, waits, .. }| (name, kind, waits)).collect()
}

#[test]
fn files_are_found_by_name_before_they_are_read_and_where_they_cannot_be() {
    let shelf = Shelf::new();
    shelf.write("Roof/quote for the roof.txt", "Slates and gutters.");
    shelf.write("Roof/roof.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom");
    shelf.write("Harbour/cranes.txt", "Nothing else.");
    let engine = open_on_battery(&shelf);
    engine.add_path(&shelf.files()).unwrap();
    let job = waiting(&engine);
    assert_eq!((job.state, engine.status().unwrap().pending), (JobState::Paused, 3));
    let (quote, film) = ("quote for the roof.txt".to_owned(), "roof.mp4".to_owned());
    let mut found = unread(&engine, "roof");
    found.sort();
    assert_eq!(found, [(quote.clone(), Kind::Text, true), (film.clone(), Kind::Other, true)]);
    assert_eq!(unread(&engine, "kind:text roof"), [(quote, Kind::Text, true)]);
    assert_eq!(unread(&engine, "ext:mp4"), [(film.clone(), Kind::Other, true)]);
    assert_eq!(unread(&engine, "roof -quote").len(), 1);
    assert!(search(&engine, "roof").hits.is_empty());

    engine.job_resume(job.id).unwrap();
    let ended = finish(&engine);
    let job = ended.into_iter().find(|ended| ended.id == job.id).unwrap();
    assert_eq!((job.state, job.files.read, job.failed), (JobState::Done, 2, 1));
    assert_eq!(names(&search(&engine, "roof"))[0], "quote for the roof.txt");
    assert_eq!(unread(&engine, "roof"), [(film, Kind::Other, false)]);
}

#[test]
fn what_a_person_asks_for_is_read_first_then_small_and_new_files() {
    let shelf = Shelf::new();
    let old = std::time::SystemTime::now() - Duration::from_secs(1_000_000);
    let large = format!("<html><!--{}--><p>A report about gravel.</p></html>", "x".repeat(150_000));
    for (name, text) in [
        ("a/large.html", large.as_str()),
        ("a/old.txt", "An old note about gravel."),
        ("a/new.txt", "A new note about gravel."),
        ("b/wanted.txt", "A wanted note about gravel."),
        ("b/c/looked at.txt", "A note about gravel that somebody looks at."),
    ] {
        let path = shelf.write(name, text);
        if name != "a/new.txt" {
            fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        }
    }
    let engine = open_on_battery(&shelf);
    engine.add_path(&shelf.files()).unwrap();
    let job = waiting(&engine);
    let root = engine.status().unwrap().roots[0].id;
    engine.read_first(root, "b").unwrap();
    let shown = search(&engine, "looked").unread[0].file;
    let preview = cairn_engine::PreviewRequest { file: shown, passage: None, focus: None, query: None };
    std::thread::sleep(Duration::from_millis(2));
    assert!(engine.preview(&preview).unwrap().hash.is_none());
    for elsewhere in ["../..", "/etc", "b/../.."] {
        assert!(engine.read_first(root, elsewhere).is_err() && engine.folders(root, elsewhere).is_err());
    }
    engine.job_resume(job.id).unwrap();
    finish(&engine);
    let mut found: Vec<_> = search(&engine, "gravel").hits;
    found.sort_by_key(|hit| hit.passage);
    let order: Vec<&str> = found.iter().map(|hit| hit.name.as_str()).collect();
    assert_eq!(order[..4], ["looked at.txt", "wanted.txt", "new.txt", "old.txt"]);
    assert_eq!(order[4], "large.html");
}

#[test]
fn a_drive_that_is_unplugged_before_its_files_are_read_is_read_when_it_is_back() {
    let shelf = Shelf::new();
    shelf.write("drive/letter.txt", "A letter about the orchard.");
    let (drive, away) = (shelf.files().join("drive"), shelf.files().join("away"));
    let engine = open_on_battery(&shelf);
    engine.add_path(&drive).unwrap();
    let job = waiting(&engine);
    fs::rename(&drive, &away).unwrap();
    engine.job_resume(job.id).unwrap();
    finish(&engine);
    assert_eq!(unread(&engine, "letter"), [("letter.txt".into(), Kind::Text, false)]);
    engine.set_indexing(Indexing::default()).unwrap();
    fs::rename(&away, &drive).unwrap();
    rescan(&engine);
    assert_eq!(names(&search(&engine, "orchard"))[0], "letter.txt");
    assert_eq!(engine.status().unwrap().failed, 0);
}

#[test]
fn what_names_and_folders_mean_finds_files_too() {
    let shelf = Shelf::new();
    let photos: Vec<_> = fs::read_dir(crate::shelf::sample().join("Photos/2023 Winter")).unwrap().collect();
    let bytes = fs::read(photos[0].as_ref().unwrap().path()).unwrap();
    shelf.write("Holidays in Lisbon/IMG_2041.jpg", &bytes);
    shelf.write("Car insurance/scan0001.txt", "Please pay within 14 days. Thank you.");
    shelf.write("Recipes/soup.txt", "Boil the leek, then the potatoes.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let found = search(&engine, "our trip to Portugal");
    assert_eq!(names(&found)[0], "IMG_2041.jpg");
    assert!(
        found.hits[0].channels.meaning > 0.0 && found.hits[0].channels.words == 0.0,
        "{:?}",
        found.hits[0]
    );
    assert_eq!(names(&search(&engine, "paying for the vehicle's coverage"))[0], "scan0001.txt");
    // It follows when the folder is called something else.
    fs::rename(shelf.files().join("Holidays in Lisbon"), shelf.files().join("Dentist")).unwrap();
    rescan(&engine);
    let found = search(&engine, "our trip to Portugal");
    let photo = found.hits.iter().find(|hit| hit.name == "IMG_2041.jpg");
    assert!(photo.is_none_or(|hit| hit.channels.meaning == 0.0), "{photo:?}");
}

fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_archive_is_known_by_its_names_and_read_where_that_is_wanted() {
    let shelf = Shelf::new();
    let entries = [
        ("tax/2019/receipts.txt", "The plumber was paid in cash."),
        ("tax/notes.md", "# Notes\n\nThe notary moved to Lisbon."),
        ("tax/seal.png", "no picture"),
    ];
    let archive = shelf.write("Old papers.zip", zip(&entries));
    let before = fs::read(&archive).unwrap();
    let engine = shelf.open();
    add(&engine, &shelf.files());
    assert_eq!(names(&search(&engine, "receipts 2019"))[0], "Old papers.zip");
    let words = |query: &str| {
        let found = crate::shelf::search_for(
            &engine,
            query,
            cairn_engine::api::Mode::Keyword,
            cairn_engine::api::Scope::All,
        );
        names(&found).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words("plumber cash"), [""; 0]);

    engine.set_indexing(Indexing { archives: true, ..Indexing::default() }).unwrap();
    finish(&engine);
    let found = search(&engine, "plumber paid in cash");
    assert_eq!((names(&found)[0], found.hits[0].page), ("Old papers.zip", Some(2)));
    let snippet = found.hits[0].snippet.as_ref().unwrap();
    assert!(snippet.text.contains("tax/2019/receipts.txt"), "it says which file of the archive: {snippet:?}");
    assert_eq!(search(&engine, "where does the notary live").hits[0].page, Some(3));

    engine.set_indexing(Indexing::default()).unwrap();
    finish(&engine);
    assert_eq!(words("plumber cash"), [""; 0]);
    assert_eq!(words("receipts"), ["Old papers.zip"]);
    assert_eq!(fs::read(&archive).unwrap(), before);
}

#[test]
fn a_gitignore_counts_where_a_person_wants_it_to() {
    let shelf = Shelf::new();
    shelf.write("code/.gitignore", "*.log\n/out/\n");
    let log = shelf.write("code/debug.log", "A log about the windmill.");
    shelf.write("code/out/made.txt", "Made from the windmill's source.");
    shelf.write("code/readme.md", "# Windmill\n\nIt turns.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    assert_eq!(engine.status().unwrap().documents, 3);
    engine.set_indexing(Indexing { gitignore: true, ..Indexing::default() }).unwrap();
    finish(&engine);
    assert_eq!(engine.status().unwrap().documents, 1);
    assert!(log.is_file());
    fs::write(shelf.files().join("code/.gitignore"), "/out/\n").unwrap();
    rescan(&engine);
    assert_eq!(engine.status().unwrap().documents, 2);
    engine.set_indexing(Indexing::default()).unwrap();
    finish(&engine);
    assert_eq!(engine.status().unwrap().documents, 3);
}

#[test]
fn a_job_says_what_became_of_the_files() {
    let shelf = Shelf::new();
    for at in 0..5 {
        shelf.write(&format!("{at}.txt"), format!("Note {at}."));
    }
    let engine = shelf.open();
    add(&engine, &shelf.files());
    shelf.write("copy of 0.txt", "Note 0.");
    shelf.write("new.txt", "Something new.");
    shelf.write("bad.pdf", b"%PDF-1.4 and nothing more");
    rescan(&engine);
    let job = engine.jobs().into_iter().find(|job| job.title == "Looking for changes").unwrap();
    assert_eq!((job.files.read, job.files.merged, job.files.unchanged, job.failed), (1, 1, 5, 1));
}

#[test]
fn pages_of_a_document_are_shown_as_pictures() {
    let shelf = Shelf::new();
    let scan = cairn_tests::repository().join("assets/sample/Documents/House/roof-quotation.pdf");
    let before = fs::read(&scan).unwrap();
    shelf.write("quotation.pdf", &before);
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let hash = search(&engine, "roof quotation").hits[0].hash;
    let page = engine.page(&hash, 1).unwrap();
    let picture = image::open(&page).unwrap();
    assert_eq!(picture.width().max(picture.height()), 1280);
    assert!(page.starts_with(shelf.library()), "Cairn writes to its own folders: {}", page.display());
    let error = engine.page(&hash, 99).unwrap_err();
    assert!(error.message().contains("page 99"), "{error}");
    // Kept, though the document is out of reach.
    fs::remove_file(shelf.files().join("quotation.pdf")).unwrap();
    assert!(engine.page(&hash, 1).is_ok() && engine.page(&hash, 2).is_err());
}
