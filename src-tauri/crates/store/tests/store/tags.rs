use cairn_core::{ContentId, Tag};

use crate::{add, assert_sound, library_with_root, photo};

fn tag(word: &str, confidence: f32) -> Tag {
    Tag { word: word.to_owned(), confidence }
}

#[test]
fn photos_are_found_by_what_a_model_saw() {
    let (dir, store, root) = library_with_root();
    let (beach, _) = add(&store, root, "/lib/1.jpg", photo(1, None));
    let (dog, _) = add(&store, root, "/lib/2.jpg", photo(2, None));
    let seen = vec![
        (beach, vec![tag("beach", 0.5), tag("dog", 0.25)]),
        (dog, vec![tag("dog", 0.75)]),
        (ContentId(999), vec![tag("cat", 0.9)]),
    ];
    store.put_tags("small", seen.clone()).unwrap();
    store.put_tags("small", seen).unwrap();
    assert_eq!(store.tag_words("small").unwrap(), ["beach", "dog"], "photo 999 vanished");
    assert_eq!(store.tagged("small", "dog", 9).unwrap(), [(dog, 0.75), (beach, 0.25)]);
    assert_eq!(store.tagged("small", "dog", 1).unwrap(), [(dog, 0.75)]);
    assert_eq!(store.tags_of("small", beach).unwrap(), [tag("beach", 0.5), tag("dog", 0.25)]);

    assert_eq!(store.tag_words("large").unwrap(), Vec::<String>::new());
    store.put_tags("small", vec![(beach, vec![tag("sea", 0.5)])]).unwrap();
    assert_eq!(store.tags_of("small", beach).unwrap(), [tag("sea", 0.5)]);

    let files: Vec<_> = store.files_of_content(beach).unwrap().iter().map(|file| file.id).collect();
    store.forget_files(&files).unwrap();
    store.collect_garbage().unwrap();
    assert_eq!(store.tag_words("small").unwrap(), ["dog"]);
    drop(store);
    assert_sound(dir.path());
}
