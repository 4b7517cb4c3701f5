use cairn_core::{Family, PassageId};
use cairn_store::{KeywordQuery, Store};
use tempfile::TempDir;

use crate::{add, document, library, library_with_root, pending, photo, seen};

const TEXTS: &[&str] = &[
    /* 0 */ "The roofer repaired the roof of our house; the invoice is attached.",
    /* 1 */ "Repairing bicycles is a hobby. A bill came for the bicycle.",
    /* 2 */ "Ein Café in München, résumé enclosed, naïve façade.",
    /* 3 */ "We discussed the roof garden and the garden roof.",
    /* 4 */ "屋顶维修的发票已经寄出。",
    /* 5 */ "黒猫が屋根の上にいる。",
    /* 6 */ "使用Python编程很有趣",
    /* 7 */ "한국어 문서입니다",
    /* 8 */ "To be, or not to be, that is the question.",
    /* 9 */ "C++ and f(x) = \"quoted\" AND OR NOT NEAR tokens; naughty: 'quote",
];

/// A library with [`TEXTS`] as the passages of one document.
fn texts() -> (TempDir, Store, Vec<PassageId>) {
    let (dir, store, root) = library_with_root();
    let (_, passages) = add(&store, root, "/lib/texts.txt", document(1, TEXTS));
    (dir, store, passages)
}

/// Indices of the texts found, best first.
fn found(store: &Store, passages: &[PassageId], typed: &str) -> Vec<usize> {
    let hits = store.search_passages(&KeywordQuery::parse(typed), 20, None).unwrap();
    assert!(hits.windows(2).all(|pair| pair[0].2 >= pair[1].2), "{typed}: best first");
    assert!(hits.iter().all(|(_, _, score)| *score >= 0.0), "{typed}: positive scores");
    hits.iter().map(|(id, ..)| passages.iter().position(|known| known == id).unwrap()).collect()
}

#[test]
fn words_are_found_in_every_form() {
    let (_dir, store, passages) = texts();
    let cases: &[(&str, &[usize])] = &[
        ("repair ", &[1, 0]),
        ("repairs bicycles", &[1, 0]),
        ("ROOF invoice ", &[0, 3]),
        ("cafe ", &[2]),
        ("CAFÉ munchen", &[2]),
        ("cafe\u{301} ", &[2]),
        ("resume facade ", &[2]),
        ("nothing-like-this ", &[]),
    ];
    for (typed, expected) in cases {
        assert_eq!(found(&store, &passages, typed), *expected, "{typed:?}");
    }
}

#[test]
fn every_word_comes_before_some_of_them() {
    let (_dir, store, passages) = texts();
    // "bicycle" alone scores high in 1, which lacks the roof.
    assert_eq!(found(&store, &passages, "roof invoice bicycle "), [0, 1, 3]);
    let all = store.search_passages(&KeywordQuery::parse("garden roof "), 1, None).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].0, passages[3]);
}

#[test]
fn phrases_must_occur_and_excluded_words_must_not() {
    let (_dir, store, passages) = texts();
    let cases: &[(&str, &[usize])] = &[
        ("\"roof garden\"", &[3]),
        ("\"garden roof\"", &[3]),
        ("\"house roof\"", &[]),
        ("\"the roof\" invoice ", &[0]),
        ("\"the roof\" invoice garden ", &[3, 0]),
        ("roof -garden ", &[0]),
        ("roof -\"garden roof\" ", &[0]),
        ("roof -invoice -garden ", &[]),
        ("-roof", &[]),
        ("\"to be or not to be\"", &[8]),
    ];
    for (typed, expected) in cases {
        assert_eq!(found(&store, &passages, typed), *expected, "{typed:?}");
    }
}

#[test]
fn the_last_word_may_be_unfinished() {
    let (_dir, store, passages) = texts();
    assert_eq!(found(&store, &passages, "invo"), [0]);
    assert_eq!(found(&store, &passages, "invo "), [0; 0]);
    assert_eq!(found(&store, &passages, "roof invo"), [0, 3]);
    assert_eq!(found(&store, &passages, "invo roof "), [3, 0], "only the last word: nothing has both");
    assert_eq!(found(&store, &passages, "roof"), [3, 0]);
    assert_eq!(found(&store, &passages, "roofer"), [0]);
}

#[test]
fn common_words_do_not_decide_but_answer_when_alone() {
    let (_dir, store, passages) = texts();
    assert_eq!(found(&store, &passages, "what is the invoice for the roof of the house "), [0, 3]);
    assert_eq!(found(&store, &passages, "to be "), [8]);
    let mut the = found(&store, &passages, "the ");
    the.sort_unstable();
    assert_eq!(the, [0, 1, 3, 8]);
}

#[test]
fn words_in_scripts_without_spaces_are_found() {
    let (_dir, store, passages) = texts();
    let cases: &[(&str, &[usize])] = &[
        ("屋顶", &[4]),
        ("发票", &[4]),
        ("维修的发票", &[4]),
        ("修维", &[]),
        ("屋", &[4, 5]),
        ("出", &[4]),
        ("猫", &[5]),
        ("黒猫", &[5]),
        ("屋根 発票", &[5]),
        ("屋顶 发票", &[4]),
        ("\"屋顶维修\" -寄出", &[]),
        ("python ", &[6]),
        ("Python编程", &[6]),
        ("编程 python ", &[6]),
        ("문서", &[7]),
        ("\u{1106}\u{116e}\u{11ab}\u{1109}\u{1165}", &[7]),
        ("한국", &[7]),
    ];
    for (typed, expected) in cases {
        let mut hits = found(&store, &passages, typed);
        hits.sort_unstable();
        assert_eq!(hits, *expected, "{typed:?}");
    }
}

#[test]
fn nothing_typed_can_break_the_search() {
    let (_dir, store, passages) = texts();
    let odd = [
        "\"",
        "\"\"",
        "'",
        "''",
        "\\",
        "*",
        "roof*",
        "* roof",
        "^roof",
        "roof^2",
        "(roof",
        "roof)",
        "()",
        "{}",
        "text:roof",
        "text : roof",
        "cjk:x",
        "- roof",
        "NEAR(roof garden, 2)",
        "roof AND",
        "AND",
        "OR OR",
        "NOT roof",
        "NOT",
        "roof NOT",
        "+roof",
        "roof + garden",
        "\u{0}",
        "roof\u{0}\"garden",
        "a\u{0}b",
        "\u{301}",
        "Ⓐ",
        "🎉",
        "🎉 roof",
        "\u{200b}",
        "; DROP TABLE passages; --",
        "\" OR rowid > 0 --",
        "%",
        "_",
        "\u{fdd0}",
        "\u{1112}",
        "ｶ",
        "\"roof\u{7}garden\"",
        "-\"",
        "-\"a",
        "“",
        "--",
        "---roof",
        "\u{202e}roof",
        "፩",
        "\u{902}",
        "\u{e9}\u{301}",
    ];
    for typed in odd {
        found(&store, &passages, typed);
        store.search_names(&KeywordQuery::parse(typed), None, 5, None).unwrap();
        store.matches(&KeywordQuery::parse(typed), &passages).unwrap();
    }
    assert_eq!(found(&store, &passages, "roof AND"), [3, 0], "an operator is a word");
    assert_eq!(found(&store, &passages, "NEAR "), [9]);
    assert_eq!(found(&store, &passages, "🎉 garden "), [3]);

    // Queries made of such pieces in any order, and by hand without the parser.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for _ in 0..500 {
        let typed: String =
            (0..next(9)).map(|_| format!("{}{}", odd[next(odd.len())], ["", " "][next(2)])).collect();
        found(&store, &passages, &typed);
        let pieces = |n: usize, next: &mut dyn FnMut(usize) -> usize| -> Vec<String> {
            (0..n).map(|_| odd[next(odd.len())].to_owned()).collect()
        };
        let query = KeywordQuery {
            words: pieces(next(4), &mut next),
            alternatives: vec![pieces(next(4), &mut next)],
            phrases: pieces(next(3), &mut next),
            excluded: pieces(next(3), &mut next),
            unfinished: next(2) == 0,
        };
        store.search_passages(&query, 5, None).unwrap();
        store.search_names(&query, None, 5, None).unwrap();
        store.matches(&query, &passages).unwrap();
    }
    let pasted = "roof garden word ".repeat(5000);
    assert_eq!(found(&store, &passages, &pasted), [3, 0]);
    let different: String = (0..5000).map(|i| format!("w{i} ")).collect();
    assert_eq!(found(&store, &passages, &different), [0; 0]);
}

#[test]
fn an_empty_query_finds_nothing() {
    let (_dir, store, passages) = texts();
    for typed in ["", "   ", "!!!", "-roof"] {
        assert!(KeywordQuery::parse(typed).is_empty(), "{typed:?}");
        assert_eq!(found(&store, &passages, typed), [0; 0]);
    }
    assert_eq!(store.search_passages(&KeywordQuery::parse("roof"), 0, None).unwrap(), []);
}

#[test]
fn passages_that_went_are_not_found() {
    let (_dir, store, passages) = texts();
    let file = store.file_at("/lib/texts.txt".as_ref()).unwrap().unwrap().id;
    store.forget_files(&[file]).unwrap();
    store.collect_garbage().unwrap();
    assert_eq!(found(&store, &passages, "roof"), [0; 0]);
    assert_eq!(found(&store, &passages, "屋顶"), [0; 0]);
    assert_eq!(store.search_names(&KeywordQuery::parse("texts"), None, 5, None).unwrap(), []);
}

#[test]
fn files_are_found_by_what_their_names_say() {
    let (_dir, store) = library();
    let root = store.add_root("/home/ann/Papers".as_ref(), 1).unwrap().id;
    let names = [
        "house/RoofInvoice2024.pdf",
        "house/roof_plan-final.txt",
        "garden/屋顶花园.txt",
        "Résumé.txt",
        "beach/IMG_0042.jpg",
    ];
    for (seed, name) in (1..).zip(names) {
        let content = if name.ends_with("jpg") { photo(seed, None) } else { document(seed, &["x"]) };
        add(&store, root, format!("/home/ann/Papers/{name}"), content);
    }
    store.record_seen(root, vec![seen("/home/ann/Papers/unread roof.txt", 1, 1)]).unwrap();
    let found = |typed: &str, family| -> Vec<&str> {
        let hits = store.search_names(&KeywordQuery::parse(typed), family, 20, None).unwrap();
        let path = |id| store.file_path(id).unwrap().unwrap();
        hits.iter().map(|(id, ..)| *names.iter().find(|name| path(*id).ends_with(name)).unwrap()).collect()
    };
    let mut roof = found("roof ", None);
    roof.sort_unstable();
    assert_eq!(roof, [names[0], names[1]]);
    assert_eq!(found("invoice 2024", None), [names[0]]);
    assert_eq!(found("roofinvoice2024 ", None), [names[0]]);
    assert_eq!(found("plan house ", None), [names[1], names[0]]);
    assert_eq!(found("花园", None), [names[2]]);
    assert_eq!(found("resume ", None), [names[3]]);
    assert_eq!(found("0042 ", None), [names[4]]);
    assert_eq!(found("beach ", Some(Family::Photo)), [names[4]]);
    assert_eq!(found("beach ", Some(Family::Document)), [""; 0]);
    let all = store.search_names(&KeywordQuery::parse("papers "), Some(Family::Document), 20, None).unwrap();
    assert_eq!(all.len(), 4, "every document lies below Papers; the unread one has no content");
    assert_eq!(pending(&store, "/home/ann/Papers/unread roof.txt").attempts, 0);
}

#[test]
fn what_matched_is_marked() {
    let (_dir, store, passages) = texts();
    let marked = |typed: &str, text: usize| -> Vec<&str> {
        let matches = store.matches(&KeywordQuery::parse(typed), &passages).unwrap();
        let ranges = matches.get(&passages[text]).cloned().unwrap_or_default();
        ranges.into_iter().map(|range| &TEXTS[text][range]).collect()
    };
    assert_eq!(marked("repair the roofs ", 0), ["repaired", "roof"]);
    assert_eq!(marked("invo", 0), ["invoice"]);
    assert_eq!(marked("\"garden roof\" discuss ", 3), ["discussed", "garden roof"]);
    assert_eq!(marked("cafe munchen ", 2), ["Café", "München"]);
    assert_eq!(marked("屋顶 发票", 4), ["屋顶", "发票"]);
    assert_eq!(marked("bicycle ", 0), [""; 0]);
    assert_eq!(marked("roof -garden ", 3).len(), 2, "what is excluded does not matter here");
    assert!(store.matches(&KeywordQuery::parse("roof"), &[PassageId(999)]).unwrap().is_empty());
}

/// A word on every page must not make search slow, nor hide what a rare word finds.
#[test]
fn a_word_that_stands_everywhere_neither_hides_rare_ones_nor_is_lost() {
    let (_dir, store, root) = library_with_root();
    for part in 0..25 {
        let texts: Vec<String> = (0..1_000)
            .map(|at| match (part, at) {
                (3, 7) => "letterhead about the lighthouse".to_owned(),
                (20, 9) => "letterhead letterhead letterhead".to_owned(),
                _ => format!("letterhead of page {at}"),
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        add(&store, root, format!("/lib/{part}.txt"), document(part + 1, &texts));
    }
    let texts_of = |typed: &str, limit: usize| -> Vec<String> {
        let found = store.search_passages(&KeywordQuery::parse(typed), limit, None).unwrap();
        let ids: Vec<PassageId> = found.iter().map(|(id, ..)| *id).collect();
        store.passages(&ids).unwrap().into_iter().map(|row| row.text).collect()
    };
    // 25,000 passages have the word: the latest 10,000 are ranked.
    let found = texts_of("letterhead ", 50);
    assert_eq!((found.len(), found[0].as_str()), (50, "letterhead letterhead letterhead"));
    assert_eq!(texts_of("letterhead lighthouse ", 50), ["letterhead about the lighthouse"]);
    assert_eq!(texts_of("lighthouse letterhead nowhere ", 50), ["letterhead about the lighthouse"]);
}
