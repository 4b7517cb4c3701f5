use std::ops::ControlFlow;
use std::path::Path;

use cairn_core::{ContentId, PassageId, Space};
use cairn_store::{StoreError, Waiting};

use crate::{add, assert_sound, document, hash, library_with_root, photo};

fn ids(waiting: &[Waiting]) -> Vec<i64> {
    waiting.iter().map(|item| item.id).collect()
}

#[test]
fn passages_wait_until_they_have_a_vector() {
    let (dir, store, root) = library_with_root();
    let (content, first) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    assert_eq!(store.waiting_count(Space::Text, "m").unwrap(), 2, "before the model was ever used");
    let waiting = store.items_without_vector(Space::Text, "m", 9).unwrap();
    let expected = |id: PassageId, text: &str| Waiting {
        id: id.0,
        content,
        hash: hash(1),
        text: Some(text.into()),
        path: None,
    };
    assert_eq!(waiting, [expected(first[0], "one"), expected(first[1], "two")]);
    let (_, second) = add(&store, root, "/lib/b.txt", document(2, &["three"]));
    assert_eq!(ids(&store.items_without_vector(Space::Text, "m", 2).unwrap()), [first[0].0, first[1].0]);
    assert_eq!(store.waiting_count(Space::Text, "m").unwrap(), 3);

    let generation = store.generation().unwrap();
    let vectors = vec![(second[0].0, vec![1.0, 2.0]), (first[0].0, vec![3.0, 4.0]), (999, vec![5.0, 6.0])];
    assert_eq!(store.put_vectors(Space::Text, "m", vectors).unwrap(), 2, "item 999 vanished");
    assert!(store.generation().unwrap() > generation);
    assert_eq!(ids(&store.items_without_vector(Space::Text, "m", 9).unwrap()), [first[1].0]);
    assert_eq!(store.waiting_count(Space::Text, "m").unwrap(), 1);
    assert_eq!(store.vector_count(Space::Text, "m").unwrap(), 2);
    assert_eq!(
        store.vectors(Space::Text, "m", &[second[0].0, first[1].0, first[0].0]).unwrap(),
        [(second[0].0, vec![1.0, 2.0]), (first[0].0, vec![3.0, 4.0])]
    );
    store.put_vectors(Space::Text, "m", vec![(first[0].0, vec![7.0, 8.0])]).unwrap();
    assert_eq!(store.vectors(Space::Text, "m", &[first[0].0]).unwrap(), [(first[0].0, vec![7.0, 8.0])]);
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn every_model_has_its_own_vectors() {
    let (_dir, store, root) = library_with_root();
    let (_, passages) = add(&store, root, "/lib/a.txt", document(1, &["one"]));
    store.put_vectors(Space::Text, "small", vec![(passages[0].0, vec![1.0])]).unwrap();
    assert_eq!(store.waiting_count(Space::Text, "large").unwrap(), 1);
    assert_eq!(store.items_without_vector(Space::Text, "large", 9).unwrap().len(), 1);
    assert_eq!(store.waiting_count(Space::Text, "small").unwrap(), 0);
    assert_eq!(store.vectors(Space::Text, "large", &[passages[0].0]).unwrap(), []);
    assert_eq!(store.vector_count(Space::Photo, "small").unwrap(), 0);
    store.put_vectors(Space::Text, "large", vec![(passages[0].0, vec![1.0, 2.0, 3.0])]).unwrap();
    assert_eq!(store.vectors(Space::Text, "small", &[passages[0].0]).unwrap(), [(passages[0].0, vec![1.0])]);
}

#[test]
fn photos_wait_with_the_path_of_their_first_file() {
    let (dir, store, root) = library_with_root();
    add(&store, root, "/lib/letter.txt", document(1, &["text"]));
    let (first, _) = add(&store, root, "/lib/p.jpg", photo(2, None));
    add(&store, root, "/lib/copy.jpg", photo(2, None));
    assert_eq!(store.waiting_count(Space::Photo, "clip").unwrap(), 1);
    let waiting = store.items_without_vector(Space::Photo, "clip", 9).unwrap();
    let expected =
        Waiting { id: first.0, content: first, hash: hash(2), text: None, path: Some("/lib/p.jpg".into()) };
    assert_eq!(waiting, [expected]);
    let (second, _) = add(&store, root, "/lib/q.jpg", photo(3, None));
    assert_eq!(ids(&store.items_without_vector(Space::Photo, "clip", 9).unwrap()), [first.0, second.0]);

    let q = store.file_at(Path::new("/lib/q.jpg")).unwrap().unwrap().id;
    store.forget_files(&[q]).unwrap();
    assert_eq!(ids(&store.items_without_vector(Space::Photo, "clip", 9).unwrap()), [first.0]);
    assert_eq!(store.waiting_count(Space::Photo, "clip").unwrap(), 1, "nobody can read the other any more");
    let text = store.file_at(Path::new("/lib/letter.txt")).unwrap().unwrap().content.unwrap().id;
    let vectors = vec![(first.0, vec![0.5]), (text.0, vec![0.5])];
    assert_eq!(store.put_vectors(Space::Photo, "clip", vectors).unwrap(), 1, "a document is no photo");
    store.collect_garbage().unwrap();
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn vectors_go_with_their_items() {
    let (dir, store, root) = library_with_root();
    let (_, passages) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    let (picture, _) = add(&store, root, "/lib/p.jpg", photo(2, None));
    store.put_vectors(Space::Text, "m", vec![(passages[0].0, vec![1.0])]).unwrap();
    store.put_vectors(Space::Photo, "clip", vec![(picture.0, vec![1.0])]).unwrap();
    store.remove_root(root).unwrap();
    for (space, model) in [(Space::Text, "m"), (Space::Photo, "clip")] {
        assert_eq!(store.vector_count(space, model).unwrap(), 0);
        assert_eq!(store.waiting_count(space, model).unwrap(), 0);
    }
    drop(store);
    assert_sound(dir.path());
}

#[test]
fn every_vector_is_visited_once_by_ascending_item() {
    let (_dir, store, root) = library_with_root();
    let texts = vec!["word"; 5000];
    let (content, passages) = add(&store, root, "/lib/a.txt", document(1, &texts));
    let mut vectors: Vec<_> = passages.iter().map(|id| (id.0, vec![id.0 as f32, 1.0])).collect();
    vectors.reverse();
    store.put_vectors(Space::Text, "m", vectors).unwrap();

    let mut visited = Vec::new();
    store
        .for_each_vector(Space::Text, "m", &mut |id, vector| {
            assert_eq!(vector, [id as f32, 1.0]);
            visited.push(PassageId(id));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(visited, passages);

    let mut owners = Vec::new();
    store
        .for_each_passage_vector("m", &mut |owner, passage, _| {
            owners.push((owner, passage));
            if owners.len() == 2049 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(owners.len(), 2049);
    assert!(owners.iter().zip(&passages).all(|(owned, passage)| *owned == (content, *passage)));

    let nothing = &mut |_: i64, _: &[f32]| -> ControlFlow<()> { panic!("no such model") };
    store.for_each_vector(Space::Text, "unknown", nothing).unwrap();
}

#[test]
fn vectors_that_cannot_be_right_are_refused() {
    let (_dir, store, root) = library_with_root();
    let (_, passages) = add(&store, root, "/lib/a.txt", document(1, &["one", "two"]));
    let (a, b) = (passages[0].0, passages[1].0);
    store.put_vectors(Space::Text, "m", vec![(a, vec![1.0, 2.0])]).unwrap();
    for bad in [
        vec![(b, vec![1.0])],
        vec![(b, vec![1.0, 2.0]), (a, vec![1.0])],
        vec![(b, vec![1.0, f32::NAN])],
        vec![(b, vec![])],
    ] {
        let put = store.put_vectors(Space::Text, "m", bad.clone());
        assert!(matches!(put, Err(StoreError::Invalid(_))), "{bad:?}");
    }
    assert_eq!(store.vector_count(Space::Text, "m").unwrap(), 1);
    assert_eq!(store.put_vectors(Space::Text, "m", Vec::new()).unwrap(), 0);
    assert_eq!(store.put_vectors(Space::Photo, "m", vec![(ContentId(1).0, vec![1.0])]).unwrap(), 0);
}
