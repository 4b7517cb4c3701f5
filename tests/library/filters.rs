//! Conditions in a query: what they leave is what they say, by every channel, and nothing is lost.

use std::collections::BTreeSet;
use std::fs::File;
use std::time::{Duration, SystemTime};

use cairn_engine::Engine;
use cairn_engine::api::{Likelihood, Mode, SearchRequest, SearchResponse};

use crate::shelf::{Shelf, add, names};

const DAY: u64 = 86_400;
/// Midnight of 1 January 2015, in days since 1970.
const FIRST_DAY: u64 = 16_436;

/// A file of the library that is made up, and all that is known of it.
struct Made {
    name: String,
    folder: &'static str,
    extension: &'static str,
    size: usize,
    /// Days since the first.
    day: u64,
}

/// Forty files, of which some words occur in all.
fn library(shelf: &Shelf) -> Vec<Made> {
    let folders = ["letters", "letters/archive", "work", "Ärzte"];
    let extensions = ["txt", "md", "html"];
    (0..40u64)
        .map(|at| {
            let made = Made {
                name: format!("note-{at}"),
                folder: folders[(at * 7 % 4) as usize],
                extension: extensions[(at * 5 % 3) as usize],
                size: 200 + (at as usize * 613) % 4_000,
                day: at * 97 % 2_000,
            };
            let mut text = format!("<p>The roof of house {at} was repaired. ");
            while text.len() < made.size {
                text.push_str("tiles and beams ");
            }
            text.truncate(made.size);
            let path = shelf.write(&format!("{}/{}.{}", made.folder, made.name, made.extension), text);
            let noon = SystemTime::UNIX_EPOCH + Duration::from_secs((FIRST_DAY + made.day) * DAY + DAY / 2);
            File::options().write(true).open(path).unwrap().set_modified(noon).unwrap();
            made
        })
        .collect()
}

fn ask(engine: &Engine, query: &str, mode: Mode) -> SearchResponse {
    let at_least = Likelihood::Weak;
    let request = SearchRequest { mode, at_least, ..SearchRequest::words(query, 100) };
    engine.search(&request).unwrap()
}

fn expected(library: &[Made], holds: &dyn Fn(&Made) -> bool) -> BTreeSet<String> {
    let full = |made: &Made| format!("{}.{}", made.name, made.extension);
    library.iter().filter(|made| holds(made)).map(full).collect()
}

#[test]
fn conditions_leave_what_they_say() {
    let shelf = Shelf::new();
    let library = library(&shelf);
    let engine = shelf.open();
    add(&engine, &shelf.files());

    // What each condition means, said once more.
    type Holds = Box<dyn Fn(&Made) -> bool>;
    let case = |query: &str, holds: Holds| (query.to_owned(), holds);
    let (year, week) = (365, 7);
    let cases: Vec<(String, Holds)> = vec![
        case("ext:md", Box::new(|made| made.extension == "md")),
        case("kind:markdown,html", Box::new(|made| made.extension != "txt")),
        case("-ext:txt,md", Box::new(|made| made.extension == "html")),
        case("in:letters", Box::new(|made| made.folder.starts_with("letters"))),
        case("in:letters -in:archive", Box::new(|made| made.folder == "letters")),
        case("in:ärzte", Box::new(|made| made.folder == "Ärzte")),
        case("name:note-1", Box::new(|made| made.name.starts_with("note-1"))),
        case("before:2016", Box::new(move |made| made.day < year)),
        case("after:2015", Box::new(move |made| made.day >= year)),
        case("date:2015-01-01..2015-01-07", Box::new(move |made| made.day < week)),
        case("size:>2kb size:<3kb", Box::new(|made| made.size > 2_000 && made.size < 3_000)),
        case("camera:canon", Box::new(|_| false)),
        case("-camera:canon", Box::new(|_| true)),
        case(
            "in:work ext:md after:2016",
            Box::new(move |made| made.folder == "work" && made.extension == "md" && made.day >= year + 366),
        ),
    ];
    for (query, holds) in &cases {
        let wanted = expected(&library, holds);
        // Alone, a condition lists what it leaves, the newest first.
        let listed = ask(&engine, query, Mode::Hybrid);
        let found: BTreeSet<String> = names(&listed).into_iter().map(str::to_owned).collect();
        assert_eq!(found, wanted, "{query}");
        assert_eq!(listed.documents, wanted.len(), "{query}");
        let dates: Vec<i64> = listed.hits.iter().map(|hit| hit.date_ms).collect();
        assert!(dates.is_sorted_by(|a, b| a >= b), "{query}");
        assert_eq!(listed.chips.len(), query.split(' ').count(), "{query}");
        // With words that all files have, nothing that is allowed is lost, by words or by meaning.
        for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
            let with_words = ask(&engine, &format!("roof repaired {query}"), mode);
            let found: BTreeSet<String> = names(&with_words).into_iter().map(str::to_owned).collect();
            assert_eq!(found, wanted, "{mode:?} {query}");
        }
    }
    // Each with each: what two conditions leave is what both of them leave.
    for (at, (first, one)) in cases.iter().enumerate() {
        for (second, other) in &cases[at + 1..] {
            // The same field twice means either.
            let field =
                |query: &str| query.trim_start_matches('-').split(':').next().unwrap_or("").to_owned();
            if first.contains(' ') || second.contains(' ') || field(first) == field(second) {
                continue;
            }
            let query = format!("{first} {second}");
            let found: BTreeSet<String> =
                names(&ask(&engine, &query, Mode::Hybrid)).into_iter().map(str::to_owned).collect();
            assert_eq!(found, expected(&library, &|made| one(made) && other(made)), "{query}");
        }
    }
}

#[test]
fn plain_words_become_chips_and_copies_are_shown_where_they_are_allowed() {
    let shelf = Shelf::new();
    let made = library(&shelf);
    shelf.write("first/bill.txt", "The bill for the chimney, paid in full.");
    shelf.write("second/same-bill.txt", "The bill for the chimney, paid in full.");
    let engine = shelf.open();
    add(&engine, &shelf.files());

    let spoken = ask(&engine, "web pages about roof from 2016", Mode::Keyword);
    let fields: Vec<&str> = spoken.chips.iter().map(|chip| chip.field.as_str()).collect();
    assert!(spoken.chips.iter().all(|chip| chip.spoken), "{:?}", spoken.chips);
    assert_eq!(fields, ["kind", "date"]);
    let found: BTreeSet<String> = names(&spoken).into_iter().map(str::to_owned).collect();
    let wanted = expected(&made, &|made| made.extension == "html" && (365..731).contains(&made.day));
    assert_eq!(found, wanted);

    assert_eq!(names(&ask(&engine, "chimney in:second", Mode::Hybrid))[0], "same-bill.txt");
    assert_eq!(names(&ask(&engine, "chimney in:first", Mode::Hybrid))[0], "bill.txt");

    // Nothing that is typed fails.
    let odd = ["kind:", "before:whenever", "\"", "-", "OR", "kind:pdf OR", "\u{202e}in:\u{0}", "🦜", ""];
    for query in odd.into_iter().map(str::to_owned).chain([" roof".repeat(200_000), "in:x ".repeat(100_000)])
    {
        ask(&engine, &query, Mode::Hybrid);
    }
}
