//! Files as people really have them: every one that cannot be read gets a reason, and the run goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cairn_core::ProblemCode;

use crate::shelf::{Shelf, add, fingerprint, names, rescan, sample, search};

/// The reason for each failed file by name.
fn reasons(engine: &cairn_engine::Engine) -> BTreeMap<String, ProblemCode> {
    let page = engine.failed_files(0, 1000).unwrap();
    assert_eq!(page.total, page.files.len());
    for file in &page.files {
        assert!(file.problem.sentence.ends_with('.'), "{:?}", file.problem);
    }
    page.files.into_iter().map(|file| (file.name, file.problem.code)).collect()
}

#[cfg(unix)]
#[test]
fn each_bad_file_has_its_reason_and_the_run_goes_on() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let shelf = Shelf::new();
    let pdf = fs::read(sample().join("Documents/House/roof-quotation.pdf")).unwrap();
    let docx = fs::read(sample().join("Documents/House/insurance-claim.docx")).unwrap();
    let jpeg = fs::read(sample().join("Photos/2021 Baltic/sunset-baltic.jpg")).unwrap();
    shelf.write("good.txt", "The lawnmower stands in the shed.");
    shelf.write("empty.pdf", "");
    shelf.write("cut.pdf", &pdf[..pdf.len() / 3]);
    shelf.write("cut.docx", &docx[..docx.len() / 2]);
    shelf.write("cut.jpg", &jpeg[..2_000]);
    shelf.write("program.bin", [0u8, 159, 146, 150, 0, 0, 1, 2, 3, 255].repeat(50));
    // A picture that calls itself a document is what it is.
    shelf.write("really-a-photo.pdf", &jpeg);
    symlink(shelf.files().join("nowhere"), shelf.files().join("dead-link.txt")).unwrap();
    let strange = shelf.files().join(std::ffi::OsStr::from_bytes(b"caf\xe9 \xff.txt"));
    fs::write(&strange, "Opening hours of the coffee house by the harbour.").unwrap();
    // Larger than any document that is read, but it takes no room on the disk.
    fs::File::create(shelf.files().join("huge.txt")).unwrap().set_len(300 << 20).unwrap();
    let locked = shelf.write("locked.txt", "secret");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let before = fingerprint(&shelf.files());

    let engine = shelf.open();
    add(&engine, &shelf.files());
    let mut reasons = reasons(&engine);
    // A superuser reads everything; for anyone else the file is locked.
    if fs::read(&locked).is_err() {
        assert_eq!(reasons.remove("locked.txt"), Some(ProblemCode::NoPermission));
    }
    let huge = reasons.remove("huge.txt");
    assert!(matches!(huge, Some(ProblemCode::TooLarge | ProblemCode::Unsupported)), "{huge:?}");
    let expected = [
        ("cut.docx", ProblemCode::Damaged),
        ("cut.jpg", ProblemCode::Damaged),
        ("cut.pdf", ProblemCode::Damaged),
        ("dead-link.txt", ProblemCode::Gone),
        ("empty.pdf", ProblemCode::Empty),
        ("program.bin", ProblemCode::Unsupported),
    ];
    assert_eq!(reasons, expected.map(|(name, code)| (name.to_owned(), code)).into());
    assert_eq!(names(&search(&engine, "lawnmower shed"))[0], "good.txt");
    assert!(names(&search(&engine, "coffee house harbour"))[0].starts_with("caf"));
    let photos: Vec<String> =
        engine.photos(0, 10).unwrap().photos.into_iter().map(|photo| photo.name).collect();
    assert_eq!(photos, ["really-a-photo.pdf"]);
    assert_eq!(fingerprint(&shelf.files()), before, "reading changed the person's files");

    // Repaired and tried again.
    fs::write(shelf.files().join("empty.pdf"), &pdf).unwrap();
    rescan(&engine);
    assert!(!self::reasons(&engine).contains_key("empty.pdf"));
}

#[test]
fn a_folder_that_vanishes_meanwhile_ends_nothing() {
    let shelf = Shelf::new();
    for number in 0..60 {
        shelf.write(&format!("going/{number}.txt"), format!("Page {number} of a diary that will be gone."));
    }
    shelf.write("staying/note.txt", "This note about beeswax stays.");
    let engine = shelf.open();
    engine.add_path(&shelf.files()).unwrap();
    fs::remove_dir_all(shelf.files().join("going")).unwrap();
    crate::shelf::finish(&engine);
    rescan(&engine);
    let status = engine.status().unwrap();
    assert_eq!((status.documents, status.pending), (1, 0));
    assert_eq!(names(&search(&engine, "beeswax"))[0], "note.txt");
}

/// Everything that Cairn writes while it works lies below its own folders.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_written_outside_cairns_own_folders() {
    let shelf = Shelf::new();
    let home = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let here = tempfile::tempdir().unwrap();
    let before = fingerprint(&sample());
    let run = |arguments: &[&str]| {
        let output = shelf
            .command(arguments)
            .env("HOME", home.path())
            .env("TMPDIR", temporary.path())
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(here.path())
            .output()
            .unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
    };
    run(&["index", sample().to_str().unwrap()]);
    run(&["search", "telescope"]);
    run(&["ask", "How heavy was the pumpkin?"]);
    run(&["dims", "64"]);
    run(&["clusters"]);
    assert_eq!(fingerprint(&sample()), before);
    for folder in [home.path(), temporary.path(), here.path()] {
        assert!(fingerprint(folder).is_empty(), "{:?}", fingerprint(folder));
    }
    assert!(shelf.library().join("library.db").is_file());
    assert!(!fingerprint(&shelf.library().join("thumbnails")).is_empty());
}

/// Real broken files, where they are at hand: `CAIRN_DATA`, or `../shared/data` beside the repository.
#[test]
fn hostile_pictures_and_documents_end_in_reasons() {
    let beside = cairn_tests::repository().join("../shared/data");
    let data = std::env::var_os("CAIRN_DATA").map_or(beside, Into::into);
    let folders = [data.join("hostile"), data.join("pdfs")];
    if !folders.iter().all(|folder| folder.is_dir()) {
        println!("skipped: no test data in {}", data.display());
        return;
    }
    let shelf = Shelf::new();
    let engine = shelf.open_bare();
    for folder in &folders {
        add(&engine, folder);
    }
    let status = engine.status().unwrap();
    let read: u64 = status.roots.iter().map(|root| root.ready).sum();
    assert_eq!(status.pending, 0);
    assert!(read > 100, "{status:?}");
    assert!(status.failed > 10, "{status:?}");
    reasons_are_plain(&engine);
    assert!(Path::new(&status.library_dir).is_dir());
}

fn reasons_are_plain(engine: &cairn_engine::Engine) {
    let page = engine.failed_files(0, 10_000).unwrap();
    let total: usize = page.by_reason.iter().map(|(_, count)| count).sum();
    assert_eq!(total, page.total);
    println!("reasons: {:?}", page.by_reason);
}
