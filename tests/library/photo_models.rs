//! Photos by words with the built-in model, and the change to another one.

use std::process::Command;

use cairn_engine::Engine;
use cairn_engine::api::{JobState, Mode, Scope};
use cairn_engine::eval::{self, PhotoTask};

use crate::shelf::{Shelf, add, finish, sample, search_for, text_models, tiny_clip};

/// Everyday photos that nobody trained on: Flickr8k's, where they are at hand.
#[test]
fn everyday_photos_are_found_by_their_captions() {
    let Some(data) = std::env::var_os("CAIRN_DATA") else {
        println!("skipped: CAIRN_DATA names no folder of photos");
        return;
    };
    let photos = std::path::Path::new(&data).join("photos/flickr8k-200");
    let report = eval::photos(
        &photos.join("captions.csv"),
        &photos.join("images-small"),
        &text_models(),
        "cairn-photo-1",
        &PhotoTask::Captions,
        &|_| {},
    )
    .unwrap();
    println!("{report:?}");
    assert_eq!((report.photos, report.texts), (200, 1000));
    // Chance is .05; the card of the model tells what was measured.
    assert!(report.recall_10 >= 0.55, "{report:?}");
}

#[test]
fn the_photo_model_at_work_answers_until_the_new_one_has_seen_every_photo() {
    let shelf = Shelf::new();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "photo_models::child", "--ignored", "--nocapture"])
        .env("CAIRN_MODELS_REGISTRY", shelf.registry_with_tiny_clip())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The registry is read once in the life of a program, so this is one of its own.
#[test]
#[ignore = "started by the test above"]
fn child() {
    let models = tempfile::tempdir().unwrap();
    let text = "all-minilm-l6-v2";
    std::fs::create_dir(models.path().join(text)).unwrap();
    for file in std::fs::read_dir(text_models().join(text)).unwrap().flatten() {
        std::fs::copy(file.path(), models.path().join(text).join(file.file_name())).unwrap();
    }
    let shelf = Shelf::new();
    let engine = shelf.open_with(models.path().to_owned());
    add(&engine, &sample().join("Photos"));
    assert_eq!(at_work(&engine), ["cairn-photo-1"]);

    engine.model_import("tiny-clip", &tiny_clip()).unwrap();
    finish(&engine);
    assert_eq!(at_work(&engine), ["cairn-photo-1"], "a model that was not chosen changes nothing");
    engine.model_use("tiny-clip").unwrap();
    let mut answers = 0;
    while engine.jobs().iter().any(|job| matches!(job.state, JobState::Queued | JobState::Running)) {
        assert_every_photo_is_known(&engine);
        answers += 1;
    }
    println!("{answers} complete answers while the new model was learning");
    assert_eq!(at_work(&engine), ["tiny-clip"]);
    assert!(engine.models().iter().all(|model| !model.learning));
    assert_every_photo_is_known(&engine);

    let compared = engine.compare_photo_models("a boat on the water", 3).unwrap();
    let sides: Vec<(&str, usize)> =
        compared.iter().map(|side| (side.model.as_str(), side.hits.len())).collect();
    assert_eq!(
        sides,
        [("cairn-photo-1", 3), ("tiny-clip", 3)],
        "the one that is not at work answers as well"
    );

    engine.model_use("cairn-photo-1").unwrap();
    assert_eq!(at_work(&engine), ["cairn-photo-1"], "going back needs no work");
    assert_every_photo_is_known(&engine);
    finish(&engine);
}

fn at_work(engine: &Engine) -> Vec<String> {
    let active = engine.models().into_iter().filter(|model| model.active && model.role == "photo");
    active.map(|model| model.id).collect()
}

fn assert_every_photo_is_known(engine: &Engine) {
    let found = search_for(engine, "a boat on the water", Mode::Vector, Scope::Photos);
    let known = found.hits.iter().filter(|hit| hit.channels.photo_cosine.is_some()).count();
    // As many as a page of results has.
    assert_eq!(known, 20, "{:?}", found.notes);
}
