//! Text in photos, by the real Tesseract, which the set-up of the tests installs.

use cairn_core::Family;
use cairn_engine::api::{Mode, OcrView, Scope};
use cairn_engine::{Engine, PreviewRequest};
use cairn_tests::repository;

use crate::shelf::{Shelf, add, finish, names, rescan, search_for};

const LETTER: &str = "IMG_3310.png";

fn read(engine: &Engine, languages: &[&str]) -> OcrView {
    engine.set_ocr(Some(languages.iter().map(|name| (*name).to_owned()).collect())).unwrap();
    finish(engine);
    engine.ocr().unwrap()
}

fn found(engine: &Engine, scope: Scope, mode: Mode) -> Vec<String> {
    let response = search_for(engine, "who repaired the heating", mode, scope);
    names(&response).into_iter().map(str::to_owned).collect()
}

#[test]
fn scanned_documents_are_read_page_by_page_when_it_is_asked_for() {
    let shelf = Shelf::new();
    let scan = std::fs::read(repository().join("tests/fixtures/ingest/letter.pdf")).unwrap();
    shelf.write("scan0001.pdf", scan);
    let engine = shelf.open();
    if !cfg!(target_os = "linux") && engine.ocr().unwrap().version.is_none() {
        println!("SKIPPED: Tesseract is not installed, and only on Linux does the set-up install it");
        return;
    }
    add(&engine, &shelf.files());
    assert_eq!(engine.status().unwrap().failed, 1, "without text");

    read(&engine, &["eng"]);
    assert_eq!((engine.status().unwrap().failed, engine.status().unwrap().documents), (0, 1));
    let found = search_for(&engine, "who repaired the heating", Mode::Vector, Scope::Documents);
    assert_eq!(names(&found), ["scan0001.pdf"]);
    assert_eq!((found.hits[0].family, found.hits[0].page), (Family::Document, Some(2)));
    let request = PreviewRequest { file: found.hits[0].file, passage: None, focus: None, query: None };
    let preview = engine.preview(&request).unwrap();
    assert_eq!((preview.recognised.as_deref(), preview.pages), (Some("eng"), Some(2)));
    assert!(preview.text.unwrap().text.contains("Replaced the boiler in the cellar"));
}

#[test]
fn text_in_photos_is_read_when_it_is_asked_for_and_found_by_words_and_meaning() {
    let shelf = Shelf::new();
    let fixture = |path: &str| std::fs::read(repository().join("tests").join(path)).unwrap();
    shelf.write(LETTER, fixture("fixtures/ingest/letter.png"));
    let pictures = std::fs::read_dir(repository().join("tests/golden/pictures")).unwrap();
    for picture in pictures.map(|entry| entry.unwrap().path()) {
        let name = picture.file_name().unwrap().to_string_lossy().into_owned();
        shelf.write(&name, std::fs::read(&picture).unwrap());
    }
    shelf.write("garden.txt", "The roses were cut back in March, before the buds opened.");
    let engine = shelf.open();
    if !cfg!(target_os = "linux") && engine.ocr().unwrap().version.is_none() {
        println!("SKIPPED: Tesseract is not installed, and only on Linux does the set-up install it");
        return;
    }
    add(&engine, &shelf.files());
    let before = engine.ocr().unwrap();
    assert!(before.version.is_some() && before.languages.contains(&"eng".to_owned()), "{before:?}");
    assert_eq!((before.chosen, before.photos_with_text), (None, 0));
    assert!(search_for(&engine, "boiler", Mode::Keyword, Scope::All).hits.is_empty());

    let refused = engine.set_ocr(Some(vec!["eng".into(), "klingon".into()])).unwrap_err().to_string();
    assert!(refused.contains("klingon") && refused.contains("eng"), "{refused}");

    let after = read(&engine, &["eng"]);
    assert_eq!((after.photos_with_text, after.photos_waiting), (1, 0));
    let by_words = search_for(&engine, "leaking radiators", Mode::Keyword, Scope::All);
    assert_eq!(names(&by_words), [LETTER]);
    let hit = &by_words.hits[0];
    assert_eq!(hit.family, Family::Photo);
    assert!(hit.snippet.as_ref().unwrap().text.contains("two leaking radiators upstairs"), "{hit:?}");
    assert_eq!(found(&engine, Scope::Photos, Mode::Hybrid)[0], LETTER);
    assert_eq!(found(&engine, Scope::All, Mode::Vector)[0], LETTER);
    assert!(!found(&engine, Scope::Documents, Mode::Hybrid).contains(&LETTER.to_owned()));

    let request = PreviewRequest { file: hit.file, passage: hit.passage, focus: None, query: None };
    let preview = engine.preview(&request).unwrap();
    assert_eq!(preview.recognised.as_deref(), Some("eng"));
    assert!(preview.text.unwrap().text.contains("Amount due: 1250 pounds"));

    // A new name is no new photo; other languages are another reading.
    std::fs::rename(shelf.files().join(LETTER), shelf.files().join("from-the-plumber.png")).unwrap();
    rescan(&engine);
    assert_eq!(engine.ocr().unwrap().photos_waiting, 0);
    assert_eq!(found(&engine, Scope::Photos, Mode::Hybrid)[0], "from-the-plumber.png");
    let again = read(&engine, &["deu", "eng"]);
    assert_eq!((again.photos_with_text, again.photos_waiting), (1, 0));
    assert_eq!(found(&engine, Scope::All, Mode::Hybrid)[0], "from-the-plumber.png");

    // Switched off, nothing more is read, and what was found stays.
    engine.set_ocr(None).unwrap();
    shelf.write("second.png", [fixture("fixtures/ingest/letter.png"), vec![0]].concat());
    rescan(&engine);
    let off = engine.ocr().unwrap();
    assert_eq!((off.chosen, off.photos_with_text, off.photos_waiting), (None, 1, 1));
}
