//! Killed at random moments, the library is whole.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use cairn_core::Space;
use cairn_store::Store;

use crate::{assert_sound, document, number, raw, seen};

const LIBRARY: &str = "CAIRN_TEST_CRASH_LIBRARY";
const KILLS: u64 = 20;

/// The victim: scans, reads, embeds, moves and forgets without end. It is no test by itself.
#[test]
#[ignore = "started by the test below"]
fn child() {
    let Some(dir) = std::env::var_os(LIBRARY) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    let root = store.add_root(Path::new("/lib"), 0).unwrap().id;
    println!("ready");
    for round in store.generation().unwrap().. {
        let paths: Vec<String> = (0..8).map(|i| format!("/lib/{round}/{i}.txt")).collect();
        store.record_seen(root, paths.iter().map(|path| seen(path, 1, 1)).collect()).unwrap();
        for file in store.pending_files(8).unwrap() {
            let seed = (file.id.0 % 50).unsigned_abs();
            if store.link_content(&file, crate::hash(seed), 1).unwrap().is_none() {
                let text = "some words of a text, ".repeat(40);
                store.put_content(&file, document(seed, &[text.as_str(); 5])).unwrap();
            }
        }
        let waiting = store.items_without_vector(Space::Text, "m", 30).unwrap();
        store
            .put_vectors(Space::Text, "m", waiting.iter().map(|item| (item.id, vec![0.5; 384])).collect())
            .unwrap();
        if round % 3 == 0 {
            let known = store.known_files(root, Path::new("/")).unwrap();
            let some: Vec<_> = known.iter().step_by(2).map(|file| file.id).collect();
            store.forget_files(&some).unwrap();
            store.collect_garbage().unwrap();
        }
    }
}

#[test]
fn a_kill_at_any_moment_loses_and_duplicates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = 0;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"])
            .env(LIBRARY, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until the library is open; the earliest kills do not even wait for that.
        if kill >= 3 {
            let mut output = child.stdout.take().unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"ready\n") {
                let mut byte = [0];
                assert_eq!(
                    output.read(&mut byte).unwrap(),
                    1,
                    "the child ended: {}",
                    String::from_utf8_lossy(&heard)
                );
                heard.push(byte[0]);
            }
        }
        std::thread::sleep(Duration::from_millis(3 + kill * 37 % 211));
        child.kill().unwrap();
        child.wait().unwrap();

        // Opening repairs whatever the log still holds.
        let store = Store::open(dir.path()).unwrap();
        let generation = store.generation().unwrap();
        assert!(generation >= before, "a committed change was lost");
        before = generation;
        drop(store);
        assert_sound(dir.path());
        let db = raw(dir.path());
        let incomplete = "SELECT count(*) FROM files f WHERE state = 'ready'
             AND (SELECT count(*) FROM passages WHERE content_id = f.content_id) <> 5";
        assert_eq!(number(&db, incomplete), 0, "a ready file without its passages");
        let twice =
            "SELECT count(*) FROM (SELECT hash, pipeline FROM contents GROUP BY 1, 2 HAVING count(*) > 1)";
        assert_eq!(number(&db, twice), 0, "a content stored twice");
    }
    assert!(before > 100, "the child hardly worked: generation {before}");
}
