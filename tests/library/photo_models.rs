//! Photos by words with the built-in model, and the change to another one.

use std::process::Command;

use cairn_engine::api::{JobState, Mode, Sameness, Scope};
use cairn_engine::eval::{self, PhotoTask};
use cairn_engine::{Engine, PreviewRequest};
use image::imageops::FilterType;

use crate::shelf::{Shelf, add, finish, like_a_picture, sample, search_for, text_models, tiny_clip};

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
        "cairn-photo-3",
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
    assert_eq!(at_work(&engine), ["cairn-photo-3"]);

    engine.model_import("tiny-clip", &tiny_clip()).unwrap();
    finish(&engine);
    assert_eq!(at_work(&engine), ["cairn-photo-3"], "a model that was not chosen changes nothing");
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
        [("cairn-photo-3", 3), ("tiny-clip", 3)],
        "the one that is not at work answers as well"
    );

    engine.model_use("cairn-photo-3").unwrap();
    assert_eq!(at_work(&engine), ["cairn-photo-3"], "going back needs no work");
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

/// 200 photos, 40 of them in a second size.
#[test]
fn photos_are_tagged_and_grouped_by_what_is_in_them_and_other_sizes_are_proposed_as_duplicates() {
    let Some(data) = std::env::var_os("CAIRN_DATA") else {
        println!("skipped: CAIRN_DATA names no folder of photos");
        return;
    };
    let shelf = Shelf::new();
    let engine = shelf.open_with(text_models());
    add(&engine, &std::path::Path::new(&data).join("photos/flickr8k-200"));
    finish(&engine);

    let groups = engine.duplicates().unwrap();
    let names: Vec<Vec<&str>> =
        groups.iter().map(|group| group.items.iter().map(|item| item.name.as_str()).collect()).collect();
    assert!(groups.iter().all(|group| group.sameness == Sameness::Looks), "{names:?}");
    assert!(names.iter().all(|names| matches!(names[..], [a, b] if a == b)), "different photos: {names:?}");
    assert_eq!(names.len(), 40, "{names:?}");

    let map = engine.map().unwrap();
    let labels: Vec<&str> = map.clusters.iter().map(|cluster| cluster.label.as_str()).collect();
    println!("{labels:?}");
    assert!(
        labels.contains(&"Dog") || labels.iter().any(|label| label.contains("ogs playing")),
        "{labels:?}"
    );

    let found = search_for(&engine, "dog", Mode::Hybrid, Scope::Photos);
    let best = found.hits.first().unwrap();
    let tags = engine
        .preview(&PreviewRequest { file: best.file, passage: None, focus: None, query: None })
        .unwrap()
        .tags;
    println!("{tags:?}");
    assert!(tags.iter().any(|tag| tag.word == "dog" && tag.confidence >= 0.5), "{tags:?}");

    assert!(engine.score_photo_models().unwrap().is_empty(), "nothing is starred");
    engine.star(" dog ", best.file, true).unwrap();
    let searches = engine.starred_searches().unwrap();
    let starred: Vec<_> = searches.iter().map(|search| (search.query.as_str(), search.items.len())).collect();
    assert_eq!(starred, [("dog", 1)]);
    let scores = engine.score_photo_models().unwrap();
    let found: Vec<_> = scores.iter().map(|score| (score.model.as_str(), score.stars, score.found)).collect();
    assert_eq!(found, [("cairn-photo-3", 1, 1)]);
    engine.star("dog", best.file, false).unwrap();
    assert!(engine.starred_searches().unwrap().is_empty());
    let refused = engine.star("  ", best.file, true).unwrap_err();
    assert!(refused.to_string().contains("search for something first"), "{refused}");
}

/// A large JPEG is decoded at a fraction of its size; a PNG with its very pixels is decoded whole.
#[test]
fn decoding_at_a_fraction_leaves_a_photo_where_it_is() {
    let shelf = Shelf::new();
    let small = image::open(cairn_tests::repository().join("tests/golden/pictures/photo.jpg")).unwrap();
    let mut large = small.resize_exact(3840, 2568, FilterType::CatmullRom).to_rgb8();
    // The grain of a sensor, by a linear congruential generator.
    let mut state = 1u32;
    for channel in large.iter_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *channel = channel.saturating_add_signed(((state >> 28) as i8) - 8);
    }
    let jpeg = shelf.write("large.jpg", []);
    large.save(&jpeg).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let png = whole.path().join("whole.png");
    image::open(&jpeg).unwrap().save(&png).unwrap();

    let engine = shelf.open_with(text_models());
    add(&engine, &shelf.files());
    finish(&engine);
    let found = engine.search_like_picture(&like_a_picture(1), &png).unwrap();
    let cosine = found.hits[0].channels.photo_cosine.unwrap();
    println!("cosine {cosine:.5}");
    assert!(cosine >= 0.999, "{cosine}");
}
