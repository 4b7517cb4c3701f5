//! Watching: what is told, and what is not.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::mpsc::channel;
use std::time::Duration;

use cairn_ingest::{Changes, Rules, Watch};

#[test]
fn what_is_left_out_and_what_the_watcher_writes_itself_is_not_told() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    for folder in ["own", "papers/old", "node_modules"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let (send, told) = channel();
    let watch =
        Watch::start(Rules::default(), vec![root.join("own")], move |changes| send.send(changes).unwrap());
    let watch = watch.unwrap();
    watch.add(&root);
    // From here on nothing goes unseen.
    for file in ["own/library.db", "node_modules/a.txt", "papers/b.tmp", ".hidden", "papers/old/letter.txt"] {
        fs::write(root.join(file), "x").unwrap();
    }
    let letter = root.join("papers/old/letter.txt");
    let burst = told.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(burst, Changes::Paths(vec![letter.clone()]));
    watch.remove(&root);
    fs::remove_file(letter).unwrap();
    drop(watch);
    assert_eq!(told.try_iter().collect::<Vec<_>>(), []);
}
