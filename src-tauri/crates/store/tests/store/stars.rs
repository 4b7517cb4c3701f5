use cairn_store::Star;

use crate::{add, assert_sound, document, hash, library_with_root, photo};

#[test]
fn what_a_search_should_find_is_kept_while_its_file_is_away() {
    let (dir, store, root) = library_with_root();
    let (first, _) = add(&store, root, "/lib/a.txt", document(1, &["one"]));
    let (second, _) = add(&store, root, "/lib/2.jpg", photo(2, None));
    let star = |query: &str, content| Star { query: query.to_owned(), content };
    store.set_star("roof", hash(1), true).unwrap();
    store.set_star("roof", hash(1), true).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2));
    store.set_star("boats", hash(2), true).unwrap();
    assert_eq!(store.stars().unwrap(), [star("boats", second), star("roof", first)]);

    let files: Vec<_> = store.files_of_content(first).unwrap().iter().map(|file| file.id).collect();
    store.forget_files(&files).unwrap();
    store.collect_garbage().unwrap();
    assert_eq!(store.stars().unwrap(), [star("boats", second)]);
    let (again, _) = add(&store, root, "/lib/b.txt", document(1, &["one"]));
    assert_eq!(store.stars().unwrap(), [star("boats", second), star("roof", again)]);

    store.set_star("boats", hash(2), false).unwrap();
    assert_eq!(store.stars().unwrap(), [star("roof", again)]);
    drop(store);
    assert_sound(dir.path());
}
