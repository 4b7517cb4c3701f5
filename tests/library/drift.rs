//! Indexes follow the library when it becomes another one.

use cairn_core::{IndexForm, KeptDims, Space, Storage};
use cairn_engine::Engine;
use cairn_engine::api::{JobKind, JobState, Mode, Scope};

use crate::shelf::{Shelf, add, finish, search_for};

/// Enough for a rotation of 384 dimensions to be fitted, and as many again twice over.
const AT_FIRST: usize = 800;
const LATER: usize = 1_800;

fn fitted(engine: &Engine) -> usize {
    let fitting = |job: &&cairn_engine::api::JobView| {
        job.kind == JobKind::Rebuild && job.title.starts_with("Fitting") && job.state == JobState::Done
    };
    engine.jobs().iter().filter(fitting).count()
}

#[test]
fn a_library_that_becomes_another_one_is_rotated_anew() {
    let shelf = Shelf::new();
    let engine = shelf.open();
    let trees = ["pear", "plum", "apple", "cherry", "quince"];
    for at in 0..AT_FIRST {
        let (tree, row) = (trees[at % trees.len()], at / trees.len());
        shelf.write(&format!("orchard/{at}.txt"), format!("In row {row} the {tree} tree has {at} buds."));
    }
    add(&engine, &shelf.files().join("orchard"));
    engine.choose_form(Space::Text, IndexForm { dims: KeptDims::D64, storage: Storage::Int8 }).unwrap();
    finish(&engine);
    assert!(engine.dimensions().unwrap()[0].rotated, "there are enough passages for a rotation");
    assert_eq!(fitted(&engine), 0);

    let who = ["The senate", "A violinist", "The compiler", "My dentist", "Our goalkeeper", "The glacier"];
    let did =
        ["rejected", "recorded", "optimised", "postponed", "admired", "crushed", "insured", "translated"];
    let what =
        ["the tax reform", "a sonata in D minor", "an inner loop", "the appointment", "a penalty kick"];
    let when = ["during the war", "after lunch", "in 1987", "on the night ferry", "without any warning"];
    for at in 0..LATER {
        let pick = |list: &[&'static str], step: usize| list[at / step % list.len()];
        let text = format!(
            "{} {} {} {}, wrote reader {at}.",
            pick(&who, 1),
            pick(&did, who.len()),
            pick(&what, 48),
            pick(&when, 240)
        );
        shelf.write(&format!("cuttings/{at}.txt"), text);
    }
    add(&engine, &shelf.files().join("cuttings"));
    assert_eq!(fitted(&engine), 1);
    let found = search_for(&engine, "the parliament turned down new taxes", Mode::Vector, Scope::Documents);
    let snippet = found.hits[0].snippet.as_ref().unwrap();
    assert!(snippet.text.contains("the tax reform"), "{snippet:?}");

    // The library has not doubled since: nothing is compared again.
    shelf.write("cuttings/last.txt", "The last cutting of all.");
    engine.rescan().unwrap();
    finish(&engine);
    assert_eq!(fitted(&engine), 1);
}

/// A graph is worth linking anew once a third of a library of this size is gone.
const DOCUMENTS: u64 = 762;

#[test]
fn an_index_of_which_much_is_gone_is_built_again() {
    let shelf = Shelf::new();
    crate::measure::fill(&shelf, DOCUMENTS);
    let engine = shelf.open();
    let built = || {
        let jobs = engine.jobs();
        let builds = jobs.iter().filter(|job| job.kind == JobKind::Rebuild && job.state == JobState::Done);
        builds.count()
    };
    finish(&engine);
    assert_eq!(built(), 1, "{:?}", engine.jobs());
    let plan = |query: &str| search_for(&engine, query, Mode::Vector, Scope::Documents).plans.join(" ");
    assert!(plan("a roof").contains("Asked the graph"), "{}", plan("a roof"));

    // Few are gone: the graph serves on.
    let lines = |lines: &[&str]| Some(lines.iter().map(|line| (*line).to_owned()).collect());
    engine.set_excludes(lines(&["70?.txt"])).unwrap();
    finish(&engine);
    assert_eq!(built(), 1, "{:?}", engine.jobs());
    engine.set_excludes(lines(&["70?.txt", "[12]??.txt", "3[0-4]?.txt"])).unwrap();
    finish(&engine);
    assert_eq!(built(), 2, "{:?}", engine.jobs());
    let left = engine.status().unwrap();
    assert_eq!((left.documents, left.text.vectors), (DOCUMENTS - 260, 100 * (DOCUMENTS - 260)));
    assert!(plan("a roof").contains("Asked the graph"), "{}", plan("a roof"));
    assert_eq!(search_for(&engine, "a roof", Mode::Vector, Scope::Documents).hits.len(), 20);
}
