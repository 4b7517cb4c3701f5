//! Work for one file must not grow with the library: the hot statements go through indexes.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use rusqlite::Connection;

use crate::{Store, contents, descriptions, files, keyword, ocr, passages, sketches, tags, vectors};

/// What the triggers on files do for one content.
const FIRST_FILE: &str = "SELECT f.id FROM files f WHERE f.content_id = ?1 ORDER BY f.id LIMIT 1";

/// 20,000 files of five passages, all embedded, but none of the last hundred files.
const FILL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO contents (id, hash, pipeline, kind, family) SELECT i, randomblob(32), 1, 'text', 'document' FROM n;
    INSERT INTO roots (id, path, display, added_ms) VALUES (1, x'2f', '/', 0);
    INSERT INTO files (root_id, path, name, folder, words, size, mtime_ns, inode, state, content_id)
        SELECT 1, CAST(id AS BLOB), id || '.txt', 'folder', '', 1, 1, 1, 'ready', id FROM contents;
    INSERT INTO spaces (id, space, model, dims) VALUES (1, 'text', 'm', 1);
    WITH o (ordinal) AS (VALUES (0), (1), (2), (3), (4))
    INSERT INTO passages (content_id, ordinal, start_byte, end_byte, text, cjk)
        SELECT c.id, ordinal, ordinal * 10, ordinal * 10 + 10, 'word ' || (c.id % 977), '' FROM contents c, o;
    INSERT INTO vectors (space_id, item_id, data) SELECT 1, id, zeroblob(4) FROM passages WHERE content_id <= 19900;
    DELETE FROM waiting WHERE item_id IN (SELECT item_id FROM vectors);";

/// The steps of SQLite's plan for a statement.
fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let unbound = vec![rusqlite::types::Value::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(unbound), |row| row.get("detail")).unwrap();
    steps.map(Result::unwrap).collect()
}

fn check(dir: &Path) {
    let db = Connection::open(dir.join("library.db")).unwrap();
    let cases = [
        (files::PENDING, vec!["SCAN files USING INDEX files_pending"]),
        (files::PENDING_COUNT, vec!["SCAN files USING COVERING INDEX files_pending"]),
        (files::FILE_AT, vec!["SEARCH files USING INDEX sqlite_autoindex_files_1 (path=?)"]),
        (
            files::FILE_NAMED,
            vec!["SEARCH files USING INDEX files_by_name (name=?)", "USE TEMP B-TREE FOR ORDER BY"],
        ),
        (sketches::UNSKETCHED, vec!["SCAN contents USING COVERING INDEX contents_unsketched"]),
        (files::KNOWN_BELOW, vec!["SEARCH files USING INDEX sqlite_autoindex_files_1 (path>? AND path<?)"]),
        (files::PHOTO_PAGE, vec!["SEARCH contents USING COVERING INDEX contents_shown (family=?)"]),
        (files::SHOWN_COUNT, vec!["SEARCH contents USING COVERING INDEX contents_shown (family=?)"]),
        (
            contents::FIND_CONTENT,
            vec!["SEARCH contents USING COVERING INDEX sqlite_autoindex_contents_1 (hash=? AND pipeline=?)"],
        ),
        (
            descriptions::DESCRIBED,
            vec![
                "SEARCH files USING COVERING INDEX files_by_description (description_id=? AND content_id>?)",
            ],
        ),
        (
            descriptions::EMBEDDED,
            vec!["SEARCH descriptions USING INDEX descriptions_by_model (model=? AND id>?)"],
        ),
        (contents::ORPHANS, vec!["SCAN contents USING INDEX contents_orphaned"]),
        (ocr::UNREAD_PHOTOS_COUNT, vec!["SCAN contents USING INDEX contents_unread"]),
        (
            ocr::UNREAD_PHOTOS,
            vec![
                "SEARCH c USING INDEX contents_unread (id>?)",
                "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        ),
        (FIRST_FILE, vec!["SEARCH f USING COVERING INDEX files_by_content (content_id=?)"]),
        (contents::GIVE_CONTENT, vec!["SEARCH files USING INTEGER PRIMARY KEY (rowid=?)"]),
        (
            passages::PASSAGE_AT,
            vec!["SEARCH passages USING INDEX passages_by_start (content_id=? AND start_byte<?)"],
        ),
        (
            passages::PASSAGES_FROM,
            vec!["SEARCH passages USING INDEX sqlite_autoindex_passages_1 (content_id=? AND ordinal>?)"],
        ),
        (passages::TEXT_END, vec!["SEARCH passages USING INDEX sqlite_autoindex_passages_1 (content_id=?)"]),
        // No "TEMP B-TREE FOR ORDER BY": FTS5 ranks by itself, and rows are looked up for the best only.
        (
            keyword::SEARCH_PASSAGES,
            vec![
                "SCAN passages_fts VIRTUAL TABLE INDEX 32:M2",
                "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)",
                // What a filter allows, made into a set once.
                "LIST SUBQUERY 1",
                "SCAN json_each VIRTUAL TABLE INDEX 1:",
                "CREATE BLOOM FILTER",
            ],
        ),
        (
            keyword::SEARCH_NAMES,
            vec![
                "SCAN files_fts VIRTUAL TABLE INDEX 32:M3",
                "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
                // What a filter allows, made into a set once.
                "LIST SUBQUERY 1",
                "SCAN json_each VIRTUAL TABLE INDEX 1:",
                "CREATE BLOOM FILTER",
            ],
        ),
        (
            vectors::WAITING_PASSAGES,
            vec![
                "SEARCH w USING PRIMARY KEY (space_id=?)",
                "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        ),
        (
            vectors::WAITING_PHOTOS,
            vec![
                "SEARCH w USING PRIMARY KEY (space_id=?)",
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        ),
        (
            vectors::VECTOR_COUNT,
            vec!["SEARCH vectors USING COVERING INDEX sqlite_autoindex_vectors_1 (space_id=?)"],
        ),
        (
            vectors::VECTOR,
            vec!["SEARCH vectors USING INDEX sqlite_autoindex_vectors_1 (space_id=? AND item_id=?)"],
        ),
        (tags::TAGGED, vec!["SEARCH tags USING COVERING INDEX tags_by_word (space_id=? AND word=?)"]),
        (
            tags::TAGS_OF,
            vec![
                "SEARCH tags USING PRIMARY KEY (content_id=? AND space_id=?)",
                "USE TEMP B-TREE FOR ORDER BY",
            ],
        ),
        (
            vectors::VECTORS_AFTER,
            vec!["SEARCH vectors USING INDEX sqlite_autoindex_vectors_1 (space_id=? AND item_id>?)"],
        ),
    ];
    let wrong: Vec<_> = cases.into_iter().filter(|(sql, expected)| plan(&db, sql) != *expected).collect();
    let wrong: Vec<_> = wrong.into_iter().map(|(sql, expected)| (sql, expected, plan(&db, sql))).collect();
    assert!(wrong.is_empty(), "statement, plan expected, plan found: {wrong:#?}");
}

#[test]
fn hot_statements_use_indexes_in_a_new_library() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap().close();
    check(dir.path());
}

#[test]
fn hot_statements_use_indexes_with_100_000_passages_and_statistics() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap().close();
    let db = Connection::open(dir.path().join("library.db")).unwrap();
    db.execute_batch(&format!("BEGIN; {FILL} COMMIT; ANALYZE;")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let counts = store.counts().unwrap();
    assert_eq!((counts.documents, counts.passages), (20_000, 100_000));
    assert_eq!(store.waiting_count(cairn_core::Space::Text, "m").unwrap(), 500);
    store.close();
    check(dir.path());
}
