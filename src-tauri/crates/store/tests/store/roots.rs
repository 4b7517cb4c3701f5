use std::path::{Path, PathBuf};

use cairn_core::{Problem, ProblemCode};
use cairn_store::{FileState, Removed, Root, Seen, Store};

use crate::{add, assert_sound, document, library, library_with_root, paths, pending, photo, seen};

#[test]
fn a_root_inside_a_root_is_that_root() {
    let (_dir, store) = library();
    let outer = store.add_root(Path::new("/home/ann"), 1).unwrap();
    assert!(outer.newly);
    for inside in ["/home/ann", "/home/ann/", "/home/ann/Papers/house"] {
        let added = store.add_root(Path::new(inside), 2).unwrap();
        assert_eq!((added.id, added.newly), (outer.id, false), "{inside}");
    }
    let beside = store.add_root(Path::new("/home/anna"), 3).unwrap();
    assert!(beside.newly, "a longer name is not inside");
}

#[test]
fn a_root_around_roots_takes_their_files_with_what_was_read() {
    let (dir, store) = library();
    let papers = store.add_root(Path::new("/home/ann/Papers"), 1).unwrap().id;
    let other = store.add_root(Path::new("/srv"), 1).unwrap().id;
    let (content, _) = add(&store, papers, "/home/ann/Papers/house/bill.txt", document(1, &["roof"]));
    let before = store.file_at(Path::new("/home/ann/Papers/house/bill.txt")).unwrap().unwrap();
    assert_eq!(before.folder, "Papers / house");

    let home = store.add_root(Path::new("/home/ann"), 2).unwrap();
    assert!(home.newly);
    let after = store.file(before.id).unwrap().unwrap();
    assert_eq!((after.root, after.folder.as_str()), (home.id, "ann / Papers / house"));
    assert_eq!((after.state, after.content.unwrap().id), (FileState::Ready, content));
    let query = cairn_store::KeywordQuery::parse("ann");
    assert_eq!(store.search_names(&query, None, 5, None).unwrap().len(), 1, "found by its new folder");
    let roots = store.roots().unwrap();
    assert_eq!(
        roots,
        [
            Root {
                id: other,
                path: "/srv".into(),
                display: "/srv".into(),
                mounted: false,
                drive: None,
                ready: 0,
                pending: 0,
                failed: 0
            },
            Root {
                id: home.id,
                path: "/home/ann".into(),
                display: "/home/ann".into(),
                mounted: false,
                drive: None,
                ready: 1,
                pending: 0,
                failed: 0
            },
        ]
    );
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn removing_a_root_removes_what_only_it_held() {
    let (dir, store) = library();
    let a = store.add_root(Path::new("/a"), 1).unwrap().id;
    let b = store.add_root(Path::new("/b"), 1).unwrap().id;
    let (own, own_passages) = add(&store, a, "/a/own.txt", document(1, &["only here", "second"]));
    let (shared, _) = add(&store, a, "/a/shared.txt", document(2, &["in both"]));
    assert_eq!(add(&store, b, "/b/shared.txt", document(2, &["in both"])).0, shared);
    let (picture, _) = add(&store, a, "/a/p.jpg", photo(3, None));
    store.record_seen(a, vec![seen("/a/unread.txt", 1, 1)]).unwrap();

    let removed = store.remove_root(a).unwrap();
    assert_eq!(
        removed,
        Removed {
            files: 4,
            contents: vec![own, shared, picture].into_iter().filter(|id| *id != shared).collect(),
            passages: own_passages
        }
    );
    let first = &store.first_file_of_contents(&[shared]).unwrap()[&shared];
    assert_eq!((first.file.path.as_path(), first.copies), (Path::new("/b/shared.txt"), 0));
    assert_eq!(store.roots().unwrap().len(), 1);
    assert_eq!(store.remove_root(a).unwrap(), Removed::default());
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn scanning_tells_new_changed_and_unchanged_apart() {
    let (_dir, store, root) = library_with_root();
    let scan = vec![seen("/lib/a.txt", 10, 100), seen("/lib/b.txt", 10, 100)];
    assert_eq!(store.record_seen(root, scan.clone()).unwrap(), Seen { new: 2, changed: 0, unchanged: 0 });
    let (content, _) = store.put_content(&pending(&store, "/lib/a.txt"), document(1, &["a"])).unwrap();
    store.fail_file(&pending(&store, "/lib/b.txt"), &Problem::new(ProblemCode::Damaged, "cut off")).unwrap();

    let generation = store.generation().unwrap();
    assert_eq!(store.record_seen(root, scan).unwrap(), Seen { new: 0, changed: 0, unchanged: 2 });
    assert_eq!(store.generation().unwrap(), generation, "nothing changed");
    assert_eq!(store.pending_count().unwrap(), 0, "what failed stays failed");

    let later = vec![seen("/lib/a.txt", 10, 200), seen("/lib/b.txt", 11, 100)];
    assert_eq!(store.record_seen(root, later).unwrap(), Seen { new: 0, changed: 2, unchanged: 0 });
    assert!(store.generation().unwrap() > generation);
    assert_eq!(store.pending_count().unwrap(), 2);
    let a = store.file_at(Path::new("/lib/a.txt")).unwrap().unwrap();
    assert_eq!(
        (a.state, a.content.unwrap().id),
        (FileState::Pending, content),
        "the old text is there until it is read"
    );
    let b = store.file_at(Path::new("/lib/b.txt")).unwrap().unwrap();
    assert_eq!((b.state, b.problem), (FileState::Pending, None));
    let known: Vec<_> = store
        .known_files(root, Path::new("/"))
        .unwrap()
        .into_iter()
        .map(|f| (f.path, f.size, f.mtime_ns, f.inode))
        .collect();
    assert_eq!(known, [("/lib/a.txt".into(), 10, 200, 7), (PathBuf::from("/lib/b.txt"), 11, 100, 7)]);
}

#[test]
fn a_root_that_is_gone_records_nothing() {
    let (_dir, store, root) = library_with_root();
    store.remove_root(root).unwrap();
    assert_eq!(store.record_seen(root, vec![seen("/lib/a", 1, 1)]).unwrap(), Seen::default());
    let problem = Problem::new(ProblemCode::Gone, "");
    assert_eq!(store.record_problems(root, vec![("/lib/b".into(), problem)]).unwrap(), 0);
}

#[test]
fn problems_are_facts_with_a_retry() {
    let (_dir, store, root) = library_with_root();
    let closed = Problem::new(ProblemCode::NoPermission, "EACCES");
    let closed_folder = || vec![("/lib/closed".into(), closed.clone())];
    assert_eq!(store.record_problems(root, closed_folder()).unwrap(), 1);
    let generation = store.generation().unwrap();
    assert_eq!(store.record_problems(root, closed_folder()).unwrap(), 0, "known already");
    assert_eq!(store.generation().unwrap(), generation);
    store.record_seen(root, vec![seen("/lib/x.pdf", 1, 1), seen("/lib/y.pdf", 1, 1)]).unwrap();
    for (path, code) in [("/lib/x.pdf", ProblemCode::Encrypted), ("/lib/y.pdf", ProblemCode::Encrypted)] {
        store.fail_file(&pending(&store, path), &Problem::new(code, "")).unwrap();
    }
    assert_eq!(store.failed_counts().unwrap(), [(ProblemCode::Encrypted, 2), (ProblemCode::NoPermission, 1)]);
    assert_eq!(
        paths(&store.failed_files(0, 2).unwrap()),
        [Path::new("/lib/closed"), Path::new("/lib/x.pdf")]
    );
    let last = store.failed_files(2, 2).unwrap();
    assert_eq!(
        (paths(&last), last[0].problem.clone()),
        (vec!["/lib/y.pdf".into()], Some(Problem::new(ProblemCode::Encrypted, "")))
    );
    assert_eq!(store.counts().unwrap().failed, 3);

    assert_eq!(store.retry_failed(Some(&[last[0].id])).unwrap(), 1);
    assert_eq!(pending(&store, "/lib/y.pdf").attempts, 1);
    assert_eq!(store.retry_failed(None).unwrap(), 2);
    assert_eq!(store.counts().unwrap().failed, 0);
    assert_eq!(store.pending_count().unwrap(), 3);
}

#[test]
fn a_file_that_can_no_longer_be_looked_at_is_read_again_when_it_can() {
    let (_dir, store, root) = library_with_root();
    add(&store, root, "/lib/a.txt", document(1, &["a"]));
    store
        .record_problems(root, vec![("/lib/a.txt".into(), Problem::new(ProblemCode::NoPermission, ""))])
        .unwrap();
    let failed = store.file_at(Path::new("/lib/a.txt")).unwrap().unwrap();
    assert_eq!((failed.state, failed.content), (FileState::Failed, None));
    assert_eq!(store.record_seen(root, vec![seen("/lib/a.txt", 10, 1_000_000)]).unwrap().changed, 1);
    let file = pending(&store, "/lib/a.txt");
    assert!(
        store.link_content(&file, crate::hash(1), 1).unwrap().is_some(),
        "the same bytes are not read again"
    );
}

#[test]
#[cfg(unix)]
fn names_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let (dir, store) = library();
    let bytes = |bytes: &'static [u8]| PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
    let root_path = bytes(b"/lib/\xff\xfe");
    let root = store.add_root(&root_path, 1).unwrap().id;
    let path = bytes(b"/lib/\xff\xfe/sub\x80/caf\xe9 bill.txt");
    let twin = bytes(b"/lib/\xff\xfe/sub\x80/caf\xe8 bill.txt");
    let (content, _) = add(&store, root, &path, document(1, &["roof"]));
    add(&store, root, &twin, document(2, &["other"]));
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.roots().unwrap()[0].path, root_path);
    let file = store.file_at(&path).unwrap().unwrap();
    assert_eq!(file.path, path);
    assert_eq!(
        (file.name.as_str(), file.folder.as_str()),
        ("caf\u{fffd} bill.txt", "\u{fffd}\u{fffd} / sub\u{fffd}")
    );
    assert_eq!(store.file_path(file.id).unwrap(), Some(path));
    let named = store.search_names(&cairn_store::KeywordQuery::parse("bill"), None, 9, None).unwrap();
    assert_eq!(named.len(), 2);
    assert!(named.iter().any(|(id, of, _)| (*id, *of) == (file.id, content)));
}
