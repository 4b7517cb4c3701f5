//! What a search shows: alternatives, order, examples, what is nearly the same, what is relevant.

use cairn_core::FileId;
use cairn_engine::Engine;
use cairn_engine::api::{Example, Likelihood, Mode, Sameness, Scope, SearchRequest, SearchResponse, Sort};

use crate::shelf::{Shelf, add, finish, like_a_picture, names, rescan, sample, search, search_for};

/// Everything, whatever its likelihood.
fn all(query: &str) -> SearchRequest {
    SearchRequest { at_least: Likelihood::Weak, ..SearchRequest::words(query, 20) }
}

fn ask(engine: &Engine, request: &SearchRequest) -> SearchResponse {
    engine.search(request).unwrap()
}

fn file(engine: &Engine, name: &str) -> FileId {
    ask(engine, &all(&format!("name:{name}"))).hits[0].file
}

fn example(engine: &Engine, name: &str) -> Vec<Example> {
    vec![Example { file: file(engine, name), passage: None }]
}

fn garden(shelf: &Shelf) -> Engine {
    for (name, text) in [
        ("roses.txt", "How to prune roses in spring, and which roses climb a wall."),
        ("tulips.txt", "Tulips are planted in autumn; their bulbs need a cold winter."),
        ("tractor.txt", "The tractor needs new tyres, oil and a filter before the harvest."),
        ("engine.txt", "Changing the oil of a car engine, and what the warning lights mean."),
        ("soup.txt", "A soup of leeks and potatoes with cream."),
    ] {
        shelf.write(name, text);
    }
    let engine = shelf.open();
    add(&engine, &shelf.files());
    engine
}

#[test]
fn one_of_several_words_is_enough() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    let found = |query: &str| {
        let found = search_for(&engine, query, Mode::Keyword, Scope::All);
        let mut names: Vec<String> = names(&found).into_iter().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(found("roses OR tulips"), ["roses.txt", "tulips.txt"]);
    assert_eq!(found("tulips OR \"car engine\" OR leeks"), ["engine.txt", "soup.txt", "tulips.txt"]);
    let likely = ask(&engine, &SearchRequest::words("roses OR tulips oil OR bulbs", 20));
    assert_eq!(names(&likely)[0], "tulips.txt", "it has one word of each");
}

#[test]
fn results_are_like_some_files_and_unlike_others() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    let like = |name: &str| SearchRequest { like: example(&engine, name), ..all("") };
    let near_roses = ask(&engine, &like("roses"));
    assert_eq!(names(&near_roses)[0], "tulips.txt");
    assert_eq!(near_roses.hits.len(), 4, "a file is not like itself: {:?}", names(&near_roses));
    assert_eq!(names(&ask(&engine, &all("similar:tractor.txt")))[0], "engine.txt");
    assert_eq!(names(&engine.similar(file(&engine, "tractor"), 1).unwrap()), ["engine.txt"]);

    let machines = ask(&engine, &all("machines with oil"));
    let without = SearchRequest { unlike: example(&engine, "tractor"), ..all("machines with oil") };
    let without = ask(&engine, &without);
    let best = |found: &SearchResponse| found.hits[0].channels.text_cosine.unwrap();
    assert!(names(&machines).contains(&"tractor.txt") && !names(&without).contains(&"tractor.txt"));
    assert!(best(&without) < best(&machines), "{:?} {:?}", names(&machines), names(&without));

    let both = SearchRequest { like: example(&engine, "roses"), ..all("oil -engine kind:text") };
    assert_eq!(names(&ask(&engine, &both))[0], "tractor.txt", "words and conditions count beside examples");
    let unknown = ask(&engine, &all("similar:nothing.txt soup"));
    assert!(unknown.notes.iter().any(|note| note.contains("nothing.txt")), "{:?}", unknown.notes);
    assert_eq!(names(&unknown)[0], "soup.txt");
}

#[test]
fn what_is_relevant_is_sorted_as_asked() {
    let shelf = Shelf::new();
    let day = |days: u64| std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
    for (name, days, text) in [
        ("b.txt", 100, "The lighthouse keeper lights the lamp of the lighthouse."),
        ("C.txt", 300, "A lighthouse on a rock."),
        ("a.txt", 200, "Paint for the lighthouse."),
        ("soup.txt", 400, "A soup of leeks."),
    ] {
        let path = shelf.write(name, text);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(day(days)).unwrap();
    }
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let sorted = |sort| {
        let request = SearchRequest { sort, ..SearchRequest::words("lighthouse", 20) };
        names(&ask(&engine, &request)).join(" ")
    };
    assert_eq!(sorted(Sort::Newest), "C.txt a.txt b.txt", "the soup is not relevant");
    assert_eq!(sorted(Sort::Oldest), "b.txt a.txt C.txt");
    assert_eq!(sorted(Sort::Name), "a.txt b.txt C.txt");
}

/// A text of so many sentences, of which some say something else.
fn minutes(changed: usize) -> String {
    let sentence = |at: usize| {
        let what = if at < changed { "bridge" } else { "harbour" };
        let (quay, crane, berth) = (at * 7, at * 13 + 1, at * 29 + 5);
        format!("Point {at}: the {what} council looks at quay {quay}, crane {crane} and berth {berth}. ")
    };
    (0..60).map(sentence).collect()
}

#[test]
fn texts_that_are_nearly_the_same_are_shown_once_and_as_duplicates() {
    let shelf = Shelf::new();
    shelf.write("minutes.txt", minutes(0));
    shelf.write("minutes final.md", minutes(1));
    shelf.write("minutes other.txt", minutes(60));
    shelf.write("soup.txt", "A soup of leeks and potatoes with cream.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let found = ask(&engine, &all("council of the harbour cranes"));
    let minutes: Vec<_> = found.hits.iter().filter(|hit| hit.name.starts_with("minutes")).collect();
    assert_eq!(minutes.len(), 2, "{:?}", names(&found));
    let shown = &minutes[0];
    assert_eq!(shown.alike.len(), 1);
    let pair = [shown.name.as_str(), shown.alike[0].name.as_str()];
    assert!(pair.contains(&"minutes.txt") && pair.contains(&"minutes final.md"), "{pair:?}");

    let groups = engine.duplicates().unwrap();
    assert_eq!(groups.len(), 1);
    assert!(matches!(groups[0].sameness, Sameness::Same | Sameness::NearlySame));
    assert_eq!(groups[0].items.len(), 2);
}

#[test]
fn what_is_different_comes_first_where_that_is_asked_for() {
    let shelf = Shelf::new();
    for number in 0..6 {
        shelf.write(&format!("oil {number}.txt"), format!("Oil for the car engine, invoice {number}."));
    }
    shelf.write("heating.txt", "Heating oil for the boiler in the cellar.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let place = |diverse| {
        let request = SearchRequest { diverse, ..all("oil for the car") };
        let found = ask(&engine, &request);
        assert_eq!(found.hits.len(), 7);
        names(&found).iter().position(|name| *name == "heating.txt").unwrap()
    };
    assert_eq!((place(false), place(true)), (6, 1));
}

#[test]
fn searches_are_kept_and_remembered_as_a_person_wants() {
    let shelf = Shelf::new();
    let engine = shelf.open_bare();
    let request =
        SearchRequest { sort: Sort::Newest, scope: Scope::Photos, ..SearchRequest::words("boats", 50) };
    engine.save_search("  Boats ", &request).unwrap();
    engine.save_search("Alps", &SearchRequest::words("mountains", 50)).unwrap();
    assert!(engine.save_search(" ", &request).is_err());
    drop(engine);
    let engine = shelf.open_bare();
    let kept = engine.saved_searches().unwrap();
    let told: Vec<(&str, &str, Sort)> = kept
        .iter()
        .map(|kept| (kept.name.as_str(), kept.request.query.as_str(), kept.request.sort))
        .collect();
    assert_eq!(told, [("Alps", "mountains", Sort::Relevance), ("Boats", "boats", Sort::Newest)]);
    engine.rename_search(kept[1].id, "Ships").unwrap();
    engine.forget_search(kept[0].id).unwrap();
    assert_eq!(engine.saved_searches().unwrap()[0].name, "Ships");

    for query in ["roof", "oil", " roof ", ""] {
        engine.remember_search(query).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(engine.past_searches(10).unwrap(), ["roof", "oil"]);
    engine.forget_past_searches(Some("roof")).unwrap();
    assert_eq!(engine.past_searches(10).unwrap(), ["oil"]);
    engine.keep_history(false).unwrap();
    engine.remember_search("secret").unwrap();
    assert_eq!(engine.past_searches(10).unwrap(), Vec::<String>::new());
    engine.keep_history(true).unwrap();
    engine.remember_search("roof").unwrap();
    assert_eq!(engine.past_searches(10).unwrap(), ["roof"]);
}

#[test]
fn strange_requests_are_answered() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    let request = SearchRequest { limit: 0, ..all("roses") };
    assert_eq!(ask(&engine, &request).hits.len(), 1);
    let gone = Example { file: FileId(9_999), passage: None };
    assert!(engine.search(&SearchRequest { like: vec![gone], ..all("roses") }).is_err());
    for typed in [
        "OR",
        "OR OR OR",
        "roses OR",
        "\"\" OR \"\"",
        "similar:",
        "-similar:roses.txt",
        "🌹🌹",
        "\u{202e}sesor",
    ] {
        ask(&engine, &all(typed));
    }
    let none = search(&engine, "");
    assert!(none.hits.is_empty());
}

#[test]
fn a_result_says_why_it_was_found_and_a_file_why_it_was_not() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    shelf.write("broken.pdf", "%PDF-1.4 and no more");
    rescan(&engine);
    let request = SearchRequest::words("pruning roses", 20);
    let why = engine.explain(file(&engine, "roses"), &request).unwrap();
    assert_eq!((why.place, why.reasons.is_empty()), (Some(1), true), "{why:?}");
    assert!(why.likelihood >= Likelihood::Likely, "{why:?}");
    let sum: f32 = why.parts.iter().map(|part| part.share).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{:?}", why.parts);
    let words = why.parts.iter().find(|part| part.channel == "Words").unwrap();
    assert_eq!(words.detail, "pruning, roses");

    // The shares of the words add up to the cosine of the hit, exactly but for rounding.
    let passage = why.passage.unwrap();
    let hit = &ask(&engine, &request).hits[0];
    assert!((passage.cosine - hit.channels.text_cosine.unwrap()).abs() < 2e-3, "{passage:?}");
    let of = |shares: &[cairn_engine::api::TextShare]| shares.iter().map(|part| part.share).sum::<f32>();
    assert!((of(&passage.words) - passage.cosine).abs() < 1e-4);
    assert!((of(&passage.sentences) - passage.cosine).abs() < 1e-4);
    let best = passage.words.iter().max_by(|a, b| a.share.total_cmp(&b.share)).unwrap();
    let best = &passage.text[best.start as usize..best.end as usize];
    assert!(["prune", "roses"].contains(&best), "{best}");

    let reasons = |query: &str, name: &str| {
        let found = ask(&engine, &all(&format!("name:{name}")));
        let id = found.hits.first().map_or_else(|| found.unread[0].file, |hit| hit.file);
        let why = engine.explain(id, &SearchRequest::words(query, 20)).unwrap();
        assert_eq!(why.place, None, "{why:?}");
        why.reasons.join(" ")
    };
    assert!(reasons("roses kind:pdf", "roses").contains("“kind:pdf”"));
    assert!(reasons("spring -roses", "roses").contains("must not occur"));
    assert!(reasons("similar:roses.txt", "roses").contains("example"));
    assert!(reasons("roses", "tractor").contains("less likely"));
    assert!(reasons("roses", "broken").contains("cannot be read"));
    let photos = SearchRequest { scope: Scope::Photos, ..SearchRequest::words("roses", 20) };
    assert!(engine.explain(file(&engine, "roses"), &photos).unwrap().reasons[0].contains("other kind"));
}

#[test]
fn the_passages_of_one_file_are_listed_by_what_is_searched_for() {
    let shelf = Shelf::new();
    let about = |what: &str| {
        format!("{} ", format!("This part is about {what} and about nothing else at all. ").repeat(30))
    };
    shelf.write("book.txt", ["the lighthouse", "leek soup", "a steam engine"].map(about).join("\n\n"));
    shelf.write("other.txt", "A lighthouse stands on a rock.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let book = file(&engine, "book");
    for (query, word) in
        [("lighthouse", "lighthouse"), ("how to cook soup", "soup"), ("\"steam engine\"", "steam")]
    {
        let found = engine.found_passages(book, &SearchRequest::words(query, 20)).unwrap();
        assert!(found[0].snippet.text.contains(word), "{query}: {found:?}");
        assert!(found.iter().all(|passage| !passage.snippet.text.contains("on a rock")));
    }
    assert!(engine.found_passages(book, &SearchRequest::words("", 20)).unwrap().is_empty());
}

#[test]
fn starred_searches_are_measured_and_compared() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    assert!(engine.evaluate().is_err(), "there is nothing to measure");
    for (query, name) in
        [("pruning", "roses"), ("vegetable dish", "soup"), ("machine for farming", "tractor")]
    {
        engine.star(query, file(&engine, name), true).unwrap();
    }
    engine.evaluate().unwrap();
    finish(&engine);
    let first = engine.evaluations().unwrap();
    assert_eq!((first.golden, first.past.len(), first.change), (3, 1, None));
    let evaluation = &first.past[0];
    assert!(evaluation.setup.contains("384 dimensions"), "{}", evaluation.setup);
    let of = |mode| evaluation.rows.iter().find(|row| row.mode == mode).unwrap();
    assert_eq!(of(Mode::Vector).mrr_10, 1.0, "{evaluation:?}");
    assert!(of(Mode::Keyword).recall_10 < 1.0 && of(Mode::Hybrid).ndcg_10 > of(Mode::Keyword).ndcg_10);
    assert!(evaluation.queries.iter().all(|golden| golden.place.is_some()));

    engine.star("soup", file(&engine, "roses"), true).unwrap();
    engine.evaluate().unwrap();
    finish(&engine);
    let change = engine.evaluations().unwrap().change.unwrap();
    assert_eq!((change.queries, change.better, change.worse, change.p), (3, 0, 0, 1.0));
}

#[test]
fn a_pasted_picture_finds_itself_and_leaves_no_copy() {
    let shelf = Shelf::new();
    let photo = sample().join("Photos/2021 Baltic/sunset-baltic.jpg");
    shelf.write("sunset.jpg", std::fs::read(&photo).unwrap());
    shelf.write("letter.txt", "A letter about the sunset.");
    let engine = shelf.open();
    add(&engine, &shelf.files());
    let pasted = std::fs::read(&photo).unwrap();
    let found = engine.search_like_pasted_picture(&like_a_picture(5), &pasted).unwrap();
    assert_eq!(names(&found), ["sunset.jpg"]);
    assert!(found.hits[0].channels.photo_cosine.unwrap() > 0.99);
    let refused = engine.search_like_pasted_picture(&like_a_picture(5), b"no picture").unwrap_err();
    assert!(refused.message().contains("cannot be read"), "{refused}");
    let left = std::fs::read_dir(shelf.library()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.starts_with("pasted-")), "{left:?}");

    let heat = engine.heat(found.hits[0].file, &SearchRequest::words("a sunset over the sea", 1)).unwrap();
    assert_eq!(heat.values.len(), (heat.side * heat.side) as usize);
    assert!(heat.values.iter().any(|value| *value > 0.005), "{heat:?}");
    assert!(engine.heat(found.hits[0].file, &all("")).is_err());
}

/// What nobody types by hand, but somebody pastes.
#[test]
fn hostile_queries_are_answered() {
    let shelf = Shelf::new();
    let engine = garden(&shelf);
    let long = "roses and thorns ".repeat(10 << 20 >> 4);
    let fields = "kind:pdf ".repeat(500);
    let cases = [
        long.as_str(),
        fields.as_str(),
        "roses\0\0tulips",
        "\u{202e}sesor\u{202c} roses",
        "\u{feff}roses\u{200b}",
        "roses\u{fffd}",
        "\" AND NEAR(a b, 3) * ^ { } : passages_fts MATCH",
        "text : roses) OR (1=1; DROP TABLE files; --",
        "🌹🌹🌹",
        "((((((((((",
        "\"\"\"\"\"\"\"",
        "-\"-\"-\"-",
        "\t\r\n",
        "",
    ];
    for query in cases {
        for mode in [Mode::Hybrid, Mode::Vector, Mode::Keyword] {
            let found = ask(&engine, &SearchRequest { mode, ..all(query) });
            assert!(found.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)), "{mode:?}");
        }
        engine.explain(file(&engine, "roses"), &all(query)).unwrap();
        engine.found_passages(file(&engine, "roses"), &all(query)).unwrap();
    }
    assert_eq!(names(&ask(&engine, &all("roses\0\0tulips"))).len(), 5);
    assert!(ask(&engine, &all(&long)).notes.iter().any(|note| note.contains("first 4000 bytes")));
    assert_eq!(engine.status().unwrap().documents, 5, "nothing was dropped");
}
