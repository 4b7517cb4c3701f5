use std::path::Path;

use cairn_core::{ContentId, Family, FileId, Kind, Problem, ProblemCode, Space, Tag};
use cairn_store::{Counts, FileState, KeywordQuery, NewContent, NewPassage, PhotoRow, Removed, StoreError};

use crate::{add, assert_sound, document, hash, library_with_root, paths, pending, photo, raw, seen};

#[test]
fn a_file_that_moves_keeps_its_content() {
    let (dir, store, root) = library_with_root();
    let (content, passages) = add(&store, root, "/lib/old.txt", document(1, &["one", "two"]));
    let old = store.file_at(Path::new("/lib/old.txt")).unwrap().unwrap().id;

    store.record_seen(root, vec![seen("/lib/new/place.txt", 10, 1_000_000)]).unwrap();
    assert_eq!(store.forget_files(&[old]).unwrap(), Removed { files: 1, ..Removed::default() });
    assert_eq!(store.counts().unwrap().documents, 0, "nobody holds it now");
    let file = pending(&store, "/lib/new/place.txt");
    assert_eq!(store.link_content(&file, hash(1), 1).unwrap(), Some(content));
    assert_eq!(store.collect_garbage().unwrap(), Removed::default());

    let moved = store.file(file.id).unwrap().unwrap();
    assert_eq!((moved.state, moved.content.unwrap().id), (FileState::Ready, content));
    let ids: Vec<_> = store.passages_of(content).unwrap().into_iter().map(|passage| passage.id).collect();
    assert_eq!(ids, passages);
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn what_no_file_holds_is_collected_and_its_ids_are_never_used_again() {
    let (dir, store, root) = library_with_root();
    let (content, passages) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    let a = store.file_at(Path::new("/lib/a.txt")).unwrap().unwrap().id;
    store.forget_files(&[a, FileId(999)]).unwrap();
    let removed = store.collect_garbage().unwrap();
    assert_eq!(removed, Removed { files: 0, contents: vec![content], passages: passages.clone() });
    assert_eq!(store.passages(&passages).unwrap(), []);
    let (again, new_passages) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    assert!(again > content && new_passages[0] > passages[1]);
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn other_bytes_or_another_pipeline_are_another_content() {
    let (_dir, store, root) = library_with_root();
    let (content, _) = add(&store, root, "/lib/a.txt", document(1, &["one"]));
    store.record_seen(root, vec![seen("/lib/b.txt", 1, 1)]).unwrap();
    let b = pending(&store, "/lib/b.txt");
    assert_eq!(store.link_content(&b, hash(2), 1).unwrap(), None);
    assert_eq!(store.link_content(&b, hash(1), 2).unwrap(), None);
    assert_eq!(store.pending_count().unwrap(), 1);
    assert_eq!(store.link_content(&b, hash(1), 1).unwrap(), Some(content));
    assert_eq!(
        paths(&store.files_of_content(content).unwrap()),
        [Path::new("/lib/a.txt"), Path::new("/lib/b.txt")]
    );
}

#[test]
fn a_newer_pipeline_reads_again_and_the_old_text_goes() {
    let (_dir, store, root) = library_with_root();
    let (old, old_passages) = add(&store, root, "/lib/a.txt", document(1, &["one"]));
    assert_eq!(store.requeue_outdated(1).unwrap(), 0);
    assert_eq!(store.requeue_outdated(2).unwrap(), 1);
    let mut content = document(1, &["one, read better"]);
    content.pipeline = 2;
    let (new, _) = store.put_content(&pending(&store, "/lib/a.txt"), content).unwrap();
    assert_ne!(new, old);
    let removed = store.collect_garbage().unwrap();
    assert_eq!((removed.contents, removed.passages), (vec![old], old_passages));
}

#[test]
fn a_newer_pipeline_tries_once_more_what_an_older_one_could_not_read() {
    let (_dir, store, root) = library_with_root();
    store
        .record_seen(root, vec![seen("/lib/sheet.xlsx", 10, 100), seen("/lib/locked.pdf", 10, 100)])
        .unwrap();
    let link = Problem::new(ProblemCode::Unsupported, "a link");
    store.record_problems(root, vec![("/lib/link".into(), link)]).unwrap();
    store.requeue_outdated(1).unwrap();
    let fail = |path: &str, code| store.fail_file(&pending(&store, path), &Problem::new(code, "")).unwrap();
    fail("/lib/sheet.xlsx", ProblemCode::Unsupported);
    fail("/lib/locked.pdf", ProblemCode::Encrypted);
    assert_eq!(store.requeue_outdated(1).unwrap(), 0, "the same pipeline would not read it either");
    assert_eq!(store.requeue_outdated(2).unwrap(), 1);
    let waiting = store.pending_files(9).unwrap();
    assert_eq!(
        waiting.iter().map(|file| file.path.as_path()).collect::<Vec<_>>(),
        [Path::new("/lib/sheet.xlsx")]
    );
    fail("/lib/sheet.xlsx", ProblemCode::Unsupported);
    assert_eq!(store.requeue_outdated(2).unwrap(), 0);
}

#[test]
fn unchanged_passages_of_a_changed_file_keep_their_vectors() {
    let (_dir, store, root) = library_with_root();
    let (_, old) = add(&store, root, "/lib/a.txt", document(1, &["one", "two", "three"]));
    let waiting = |space| {
        let waiting = store.items_without_vector(space, "m", 10).unwrap();
        waiting.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting(Space::Text), old.iter().map(|id| id.0).collect::<Vec<_>>());
    let vectors = old.iter().zip([1.0_f32, 2.0, 3.0]).map(|(id, x)| (id.0, vec![x, 0.5])).collect();
    store.put_vectors(Space::Text, "m", vectors).unwrap();
    store.record_seen(root, vec![seen("/lib/a.txt", 11, 200)]).unwrap();
    let changed = document(2, &["one", "another", "three", "four"]);
    let (_, new) = store.put_content(&pending(&store, "/lib/a.txt"), changed).unwrap();
    assert_eq!(waiting(Space::Text), [new[1].0, new[3].0]);
    let ids: Vec<i64> = new.iter().map(|id| id.0).collect();
    let kept = vec![(new[0].0, vec![1.0, 0.5]), (new[2].0, vec![3.0, 0.5])];
    assert_eq!(store.vectors(Space::Text, "m", &ids).unwrap(), kept);
}

#[test]
fn a_photo_read_by_a_newer_pipeline_keeps_vector_and_tags() {
    let (_dir, store, root) = library_with_root();
    let (old, _) = add(&store, root, "/lib/a.jpg", photo(1, None));
    let tags = vec![Tag { word: "beach".into(), confidence: 0.5 }];
    store.put_vectors(Space::Photo, "m", vec![(old.0, vec![1.0])]).unwrap();
    store.put_tags("m", vec![(old, tags.clone())]).unwrap();
    store.requeue_outdated(2).unwrap();
    let again = NewContent { pipeline: 2, ..photo(1, None) };
    let (new, _) = store.put_content(&pending(&store, "/lib/a.jpg"), again).unwrap();
    assert_eq!(store.vectors(Space::Photo, "m", &[new.0]).unwrap(), [(new.0, vec![1.0])]);
    assert_eq!(store.tags_of("m", new).unwrap(), tags);
    assert_eq!(store.waiting_count(Space::Photo, "m").unwrap(), 0);
}

#[test]
fn a_document_keeps_who_wrote_it_and_when() {
    let (_dir, store, root) = library_with_root();
    let letter =
        NewContent { author: Some("Ann".into()), written_ms: Some(1_137_600_900_000), ..document(1, &["x"]) };
    add(&store, root, "/lib/letter.eml", letter);
    let held = store.file_at(Path::new("/lib/letter.eml")).unwrap().unwrap().content.unwrap();
    assert_eq!((held.author.as_deref(), held.written_ms), (Some("Ann"), Some(1_137_600_900_000)));
}

#[test]
fn a_photo_is_found_by_place_month_and_camera_under_every_name() {
    let (_dir, store, root) = library_with_root();
    let mut tram = photo(1, Some(1_561_000_000_000));
    tram.photo = tram.photo.map(|facts| PhotoRow {
        camera: Some("Fairphone 5".into()),
        lens: Some("Ultra wide".into()),
        place_name: Some("Lisbon, Portugal".into()),
        ..facts
    });
    add(&store, root, "/lib/IMG_2041.jpg", tram.clone());
    let found = |query: &str| {
        let query = KeywordQuery::parse(query);
        store.search_names(&query, None, 9, None).unwrap().len()
    };
    for query in ["lisbon", "portugal june 2019", "fairphone", "img 2041"] {
        assert_eq!(found(query), 1, "{query}");
    }
    assert_eq!(found("porto"), 0);
    add(&store, root, "/lib/copy.jpg", tram);
    let held = store.file_at(Path::new("/lib/copy.jpg")).unwrap().unwrap().content.unwrap().photo.unwrap();
    assert_eq!(held.place_name.as_deref(), Some("Lisbon, Portugal"));
    assert_eq!(found("lisbon"), 2, "under its other name too");
}

#[test]
fn the_same_content_put_twice_is_stored_once() {
    let (_dir, store, root) = library_with_root();
    let first = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    let second = add(&store, root, "/lib/b.txt", document(1, &["one", "two"]));
    assert_eq!(first, second);
    assert_eq!(
        store.counts().unwrap(),
        Counts { documents: 1, photos: 0, passages: 2, pending: 0, failed: 0 }
    );
}

#[test]
fn a_file_changed_while_it_was_read_is_read_again() {
    let (_dir, store, root) = library_with_root();
    store.record_seen(root, vec![seen("/lib/a.txt", 10, 100), seen("/lib/b.txt", 10, 100)]).unwrap();
    let (a, b) = (pending(&store, "/lib/a.txt"), pending(&store, "/lib/b.txt"));
    store.record_seen(root, vec![seen("/lib/a.txt", 12, 200), seen("/lib/b.txt", 12, 200)]).unwrap();
    let (content, _) = store.put_content(&a, document(1, &["half of it"])).unwrap();
    store.fail_file(&b, &Problem::new(ProblemCode::Damaged, "half of it")).unwrap();

    let row = store.file(a.id).unwrap().unwrap();
    assert_eq!((row.state, row.content.map(|c| c.id)), (FileState::Pending, Some(content)));
    assert_eq!(store.file(b.id).unwrap().unwrap().problem, None);
    assert_eq!(store.pending_count().unwrap(), 2);
    store.put_content(&pending(&store, "/lib/a.txt"), document(2, &["all of it"])).unwrap();
    assert_eq!(store.file(a.id).unwrap().unwrap().state, FileState::Ready);
}

#[test]
fn a_file_forgotten_while_it_was_read_leaves_nothing() {
    let (_dir, store, root) = library_with_root();
    store.record_seen(root, vec![seen("/lib/a.txt", 10, 100)]).unwrap();
    let a = pending(&store, "/lib/a.txt");
    store.forget_files(&[a.id]).unwrap();
    let put = store.put_content(&a, document(1, &["x"]));
    assert!(matches!(put, Err(StoreError::FileGone(id)) if id == a.id), "{put:?}");
    store.fail_file(&a, &Problem::new(ProblemCode::Gone, "")).unwrap();
    assert_eq!(store.counts().unwrap(), Counts::default());
    add(&store, root, "/lib/b.txt", document(1, &["x"]));
    let link = store.link_content(&a, hash(1), 1);
    assert!(matches!(link, Err(StoreError::FileGone(id)) if id == a.id), "{link:?}");
}

#[test]
fn what_contradicts_itself_is_refused_whole() {
    let (dir, store, root) = library_with_root();
    store.record_seen(root, vec![seen("/lib/a.txt", 10, 100)]).unwrap();
    let a = pending(&store, "/lib/a.txt");
    let passage = |start, end, text: &str| NewPassage { start, end, page: None, text: text.into() };
    let cases = [
        vec![passage(0, 4, "abc")],
        vec![passage(5, 8, "abc"), passage(4, 9, "xabcd")],
        vec![passage(0, 8, "abcdefgh"), passage(2, 5, "cde")],
        vec![passage(usize::MAX, 2, "abc")],
    ];
    for passages in cases {
        let mut content = document(1, &[]);
        content.passages = passages;
        let put = store.put_content(&a, content.clone());
        assert!(matches!(put, Err(StoreError::Invalid(_))), "{content:?}");
    }
    let other = cairn_store::NewContent { kind: Kind::Other, ..document(1, &[]) };
    assert!(matches!(store.put_content(&a, other), Err(StoreError::Invalid(_))));
    assert_eq!(crate::number(&raw(dir.path()), "SELECT count(*) FROM contents"), 0);
    assert_eq!(store.pending_count().unwrap(), 1);
}

#[test]
fn a_row_tells_all_that_is_known() {
    let (_dir, store, root) = library_with_root();
    let mut content = photo(1, Some(1_700_000_000_000));
    content.title = Some("Title".into());
    content.pages = Some(3);
    let (id, _) = add(&store, root, "/lib/trip/p.jpg", content.clone());
    let row = store.file_at(Path::new("/lib/trip/p.jpg")).unwrap().unwrap();
    assert_eq!((row.date_ms(), row.modified_ms(), row.size), (1_700_000_000_000, 1, 10));
    assert_eq!((row.name.as_str(), row.folder.as_str(), row.root), ("p.jpg", "lib / trip", root));
    let held = row.content.unwrap();
    assert_eq!((held.id, held.hash, held.pipeline), (id, hash(1), 1));
    assert_eq!((held.kind, held.family), (Kind::Jpeg, Family::Photo));
    assert_eq!((held.title.as_deref(), held.pages, held.photo), (Some("Title"), Some(3), content.photo));
    assert_eq!(store.file(FileId(77)).unwrap(), None);
    assert_eq!(store.file_path(FileId(77)).unwrap(), None);
    assert_eq!(store.files_by_ids(&[FileId(77), row.id, row.id]).unwrap().len(), 2);
}

#[test]
fn photos_come_newest_first_and_copies_once() {
    let (_dir, store, root) = library_with_root();
    store.record_seen(root, vec![seen("/lib/undated.jpg", 1, 2_000_000_000)]).unwrap();
    store.put_content(&pending(&store, "/lib/undated.jpg"), photo(1, None)).unwrap();
    add(&store, root, "/lib/oldest.jpg", photo(2, Some(-5)));
    add(&store, root, "/lib/newest.jpg", photo(3, Some(9_000)));
    add(&store, root, "/lib/copy of newest.jpg", photo(3, Some(9_000)));
    add(&store, root, "/lib/letter.txt", document(4, &["a"]));

    let (total, all) = store.photos(0, 10).unwrap();
    assert_eq!(total, 3);
    assert_eq!(paths(&all), ["/lib/newest.jpg", "/lib/undated.jpg", "/lib/oldest.jpg"].map(Path::new));
    assert_eq!(paths(&store.photos(1, 1).unwrap().1), [Path::new("/lib/undated.jpg")]);
    assert_eq!(store.photos(3, 1).unwrap(), (3, Vec::new()));
    let counts = store.counts().unwrap();
    assert_eq!((counts.documents, counts.photos), (1, 3));

    let newest = all[0].content.as_ref().unwrap().id;
    let first = &store.first_file_of_contents(&[newest, ContentId(99)]).unwrap();
    assert_eq!((first.len(), first[&newest].copies), (1, 1));
    store.forget_files(&[all[0].id]).unwrap();
    let (total, left) = store.photos(0, 10).unwrap();
    assert_eq!(total, 3);
    assert_eq!(left[0].path, Path::new("/lib/copy of newest.jpg"), "the copy stands for it now");
}

#[test]
fn duplicates_come_with_the_most_wasteful_first() {
    let (_dir, store, root) = library_with_root();
    let put = |path: &str, size, seed| {
        store.record_seen(root, vec![seen(path, size, 1)]).unwrap();
        store.put_content(&pending(&store, path), document(seed, &["x"])).unwrap();
    };
    put("/lib/a1", 10, 1);
    put("/lib/a2", 10, 1);
    put("/lib/a3", 10, 1);
    put("/lib/b1", 900, 2);
    put("/lib/b2", 900, 2);
    put("/lib/alone", 9000, 3);
    let groups: Vec<_> = store.duplicates(10).unwrap().iter().map(|group| paths(group)).collect();
    let expected = [vec!["/lib/b1", "/lib/b2"], vec!["/lib/a1", "/lib/a2", "/lib/a3"]];
    assert_eq!(
        groups,
        expected.map(|group| group.into_iter().map(Into::into).collect::<Vec<std::path::PathBuf>>())
    );
    assert_eq!(store.duplicates(1).unwrap().len(), 1);
}

#[test]
fn a_photo_that_does_not_decode_fails_with_its_copies() {
    let (dir, store, root) = library_with_root();
    let (content, _) = add(&store, root, "/lib/p.jpg", photo(1, None));
    add(&store, root, "/lib/q.jpg", photo(1, None));
    store.fail_content(content, &Problem::new(ProblemCode::Damaged, "no pixels")).unwrap();
    let counts = store.counts().unwrap();
    assert_eq!((counts.photos, counts.failed), (0, 2));
    assert_eq!(store.collect_garbage().unwrap().contents, [content]);
    drop(store);
    assert_sound(dir.path());
}
