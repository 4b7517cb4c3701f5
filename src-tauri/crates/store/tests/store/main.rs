//! The store through its public interface, on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod content;
mod crash;
mod keyword;
mod opening;
mod roots;
mod stars;
mod tags;
mod text;
mod threads;
mod vectors;

use std::path::{Path, PathBuf};

use cairn_core::{ContentHash, ContentId, Kind, PassageId, RootId};
use cairn_store::{NewContent, NewPassage, PendingFile, PhotoRow, SeenFile, Store};
use tempfile::TempDir;

/// A new library, and the folder that it goes away with.
fn library() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn hash(seed: u64) -> ContentHash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    ContentHash(bytes)
}

fn seen(path: impl AsRef<Path>, size: u64, mtime_ns: i64) -> SeenFile {
    SeenFile { path: path.as_ref().to_owned(), size, mtime_ns, inode: 7 }
}

/// Passages of these texts, two bytes of white space apart.
fn passages(texts: &[&str]) -> Vec<NewPassage> {
    let mut start = 0;
    let place = |text: &&str| {
        let passage = NewPassage { start, end: start + text.len(), page: None, text: (*text).to_owned() };
        start = passage.end + 2;
        passage
    };
    texts.iter().map(place).collect()
}

fn document(seed: u64, texts: &[&str]) -> NewContent {
    NewContent {
        hash: hash(seed),
        pipeline: 1,
        kind: Kind::Text,
        title: None,
        pages: None,
        author: None,
        written_ms: None,
        photo: None,
        ocr: None,
        language: None,
        passages: passages(texts),
    }
}

fn photo(seed: u64, taken_ms: Option<i64>) -> NewContent {
    let facts = PhotoRow {
        width: 640,
        height: 480,
        taken_ms,
        camera: Some("Kodak".into()),
        lens: None,
        place: Some((48.1, 11.5)),
        place_name: None,
    };
    NewContent { kind: Kind::Jpeg, photo: Some(facts), passages: Vec::new(), ..document(seed, &[]) }
}

fn pending(store: &Store, path: impl AsRef<Path>) -> PendingFile {
    let all = store.pending_files(usize::MAX).unwrap();
    all.into_iter().find(|file| file.path == path.as_ref()).expect("the file waits to be read")
}

/// Adds a file with this content.
fn add(
    store: &Store,
    root: RootId,
    path: impl AsRef<Path>,
    content: NewContent,
) -> (ContentId, Vec<PassageId>) {
    store.record_seen(root, vec![seen(&path, 10, 1_000_000)]).unwrap();
    store.put_content(&pending(store, path), content).unwrap()
}

/// A library with one root at /lib.
fn library_with_root() -> (TempDir, Store, RootId) {
    let (dir, store) = library();
    let root = store.add_root(Path::new("/lib"), 5).unwrap().id;
    (dir, store, root)
}

fn paths(rows: &[cairn_store::FileRow]) -> Vec<PathBuf> {
    rows.iter().map(|row| row.path.clone()).collect()
}

/// Looks into the file itself.
fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("library.db")).unwrap()
}

fn number(db: &rusqlite::Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Everything that must hold in any library at any time.
fn assert_sound(dir: &Path) {
    let db = raw(dir);
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    for fts in ["passages_fts", "files_fts"] {
        db.execute(&format!("INSERT INTO {fts} ({fts}, rank) VALUES ('integrity-check', 1)"), []).unwrap();
    }
    let none = [
        ("a broken reference", "SELECT count(*) FROM pragma_foreign_key_check"),
        (
            "a passage neither embedded nor waiting",
            "SELECT count(*) FROM passages p, spaces s WHERE s.space = 'text'
             AND (SELECT count(*) FROM vectors WHERE space_id = s.id AND item_id = p.id)
               + (SELECT count(*) FROM waiting WHERE space_id = s.id AND item_id = p.id) <> 1",
        ),
        (
            "a vector of nothing",
            "SELECT count(*) FROM vectors v JOIN spaces s ON s.id = v.space_id
             WHERE CASE s.space WHEN 'text' THEN v.item_id NOT IN (SELECT id FROM passages)
                                ELSE v.item_id NOT IN (SELECT id FROM contents) END",
        ),
        (
            "a wait for nothing",
            "SELECT count(*) FROM waiting w JOIN spaces s ON s.id = w.space_id
             WHERE CASE s.space WHEN 'text' THEN w.item_id NOT IN (SELECT id FROM passages)
                                ELSE w.item_id NOT IN (SELECT id FROM contents) END",
        ),
        (
            "a content whose first file is another",
            "SELECT count(*) FROM contents c
             WHERE file_id IS NOT (SELECT min(id) FROM files WHERE content_id = c.id)",
        ),
        (
            "a content whose passages are not numbered through",
            "SELECT count(*) FROM (SELECT count(*) AS n, max(ordinal) AS last FROM passages GROUP BY content_id)
             WHERE n <> last + 1",
        ),
    ];
    for (what, sql) in none {
        assert_eq!(number(&db, sql), 0, "{what}");
    }
}
