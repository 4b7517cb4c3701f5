use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn_core::Space;
use cairn_store::Store;

use crate::{assert_sound, document, hash, library_with_root, seen};

#[test]
fn eight_writers_lose_nothing() {
    let (dir, store, root) = library_with_root();
    let (writers, files) = (8, 40);
    // Half of them through a store of their own, as another program would.
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let (store, dir) = (&store, dir.path());
            scope.spawn(move || {
                let own = (writer % 2 == 0).then(|| Store::open(dir).unwrap());
                let store = own.as_ref().unwrap_or(store);
                for i in 0..files {
                    let path = format!("/lib/{writer}/{i}.txt");
                    store.record_seen(root, vec![seen(&path, 1, 1)]).unwrap();
                    let row = store.file_at(Path::new(&path)).unwrap().unwrap();
                    let pending = cairn_store::PendingFile {
                        id: row.id,
                        root,
                        path: row.path,
                        size: row.size,
                        mtime_ns: row.mtime_ns,
                        attempts: 0,
                        holds: false,
                    };
                    // Every second content is shared by all writers.
                    let seed = if i % 2 == 0 { i } else { 1000 * (writer + 1) + i };
                    let (_, passages) =
                        store.put_content(&pending, document(seed, &["some text", "more"])).unwrap();
                    let vectors = passages.iter().map(|id| (id.0, vec![1.0, 2.0])).collect();
                    store.put_vectors(Space::Text, "m", vectors).unwrap();
                }
            });
        }
    });
    let counts = store.counts().unwrap();
    let contents = files / 2 + writers * files / 2;
    assert_eq!((counts.documents, counts.passages, counts.pending), (contents, 2 * contents, 0));
    assert_eq!(store.roots().unwrap()[0].ready, writers * files);
    assert_eq!(store.vector_count(Space::Text, "m").unwrap(), 2 * contents);
    assert_eq!(store.waiting_count(Space::Text, "m").unwrap(), 0);
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn readers_see_whole_changes_while_others_write() {
    let (_dir, store, root) = library_with_root();
    let store = Arc::new(store);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (store, done) = (Arc::clone(&store), Arc::clone(&done));
            std::thread::spawn(move || {
                let mut seen = HashSet::new();
                while !done.load(Ordering::Acquire) {
                    let counts = store.counts().unwrap();
                    assert_eq!(
                        counts.passages,
                        3 * counts.documents,
                        "a document without all of its passages"
                    );
                    seen.insert(counts.documents);
                }
                seen.len()
            })
        })
        .collect();
    for i in 0..60 {
        crate::add(&store, root, format!("/lib/{i}.txt"), document(i, &["one", "two", "three"]));
    }
    done.store(true, Ordering::Release);
    assert!(readers.into_iter().map(|reader| reader.join().unwrap()).max() > Some(1));
}

#[test]
fn a_callback_may_ask_the_store() {
    let (_dir, store, root) = library_with_root();
    let (content, passages) = crate::add(&store, root, "/lib/a.txt", document(1, &["one"]));
    store.put_vectors(Space::Text, "m", vec![(passages[0].0, vec![1.0])]).unwrap();
    store
        .for_each_vector(Space::Text, "m", &mut |id, _| {
            assert_eq!(store.passage_owners(&[cairn_core::PassageId(id)]).unwrap()[&passages[0]], content);
            store.record_seen(root, vec![seen("/lib/b.txt", 1, 1)]).unwrap();
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(store.pending_count().unwrap(), 1);
    assert_eq!(store.link_content(&crate::pending(&store, "/lib/b.txt"), hash(1), 1).unwrap(), Some(content));
}
