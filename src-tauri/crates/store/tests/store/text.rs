use cairn_core::{ContentId, PassageId};
use cairn_store::{Neighbours, NewPassage, TextWindow};

use crate::{add, document, library_with_root};

const TEXT: &str = "Übergabe der Dächer.\n\nThe roof was repaired in 1998 — twice. 屋顶维修的发票在这里。 And so on, \
                    until the very last word of it.";

/// Windows of `width` characters, each beginning `step` characters after the one before.
fn windows(text: &str, width: usize, step: usize) -> Vec<NewPassage> {
    let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let characters = at.len() - 1;
    let mut passages = Vec::new();
    for first in (0..characters).step_by(step) {
        let (start, end) = (at[first], at[(first + width).min(characters)]);
        passages.push(NewPassage { start, end, page: None, text: text[start..end].to_owned() });
        if end == text.len() {
            break;
        }
    }
    passages
}

#[test]
fn overlapping_passages_give_the_text_back() {
    let (_dir, store, root) = library_with_root();
    for (seed, (width, step)) in (1..).zip([(20, 20), (20, 13), (7, 1), (500, 500)]) {
        let mut content = document(seed, &[]);
        content.passages = windows(TEXT, width, step);
        let (id, _) = add(&store, root, format!("/lib/{seed}.txt"), content);
        let whole = store.text_window(id, 0, usize::MAX).unwrap();
        assert_eq!(
            (whole.text.as_str(), whole.start, whole.end, whole.total),
            (TEXT, 0, TEXT.len(), TEXT.len())
        );
        for from in 0..=TEXT.len() {
            for to in [from, from + 1, from + 10, from + 60] {
                let window = store.text_window(id, from, to).unwrap();
                assert_eq!(window.text, TEXT[window.start..window.end], "{from}..{to} of width {width}");
                assert!(
                    window.start <= from && from - window.start < 4,
                    "{from}..{to}: begins at {}",
                    window.start
                );
                let wanted = to.min(TEXT.len());
                assert!(
                    window.end >= wanted && window.end - wanted < 4,
                    "{from}..{to}: ends at {}",
                    window.end
                );
            }
        }
    }
}

#[test]
fn white_space_between_passages_is_filled_to_length() {
    let (_dir, store, root) = library_with_root();
    let passage = |start: usize, text: &str| NewPassage {
        start,
        end: start + text.len(),
        page: None,
        text: text.into(),
    };
    let mut content = document(1, &[]);
    content.passages =
        vec![passage(3, "One."), passage(8, "Two."), passage(14, "Three."), passage(25, "Four.")];
    let (id, _) = add(&store, root, "/lib/a.txt", content);
    let window = |from, to| {
        let TextWindow { text, start, end, total, .. } = store.text_window(id, from, to).unwrap();
        (text, start, end, total)
    };
    assert_eq!(window(0, 99), ("\n\n One. Two.\n\nThree.\n\n   Four.".to_owned(), 0, 30, 30));
    assert_eq!(window(12, 13), (" ".to_owned(), 12, 13, 30));
    assert_eq!(window(10, 13), ("o. ".to_owned(), 10, 13, 30));
    assert_eq!(window(21, 27), ("\n\n  Fo".to_owned(), 21, 27, 30));
    assert_eq!(window(50, 60), (String::new(), 30, 30, 30));
    assert_eq!(store.text_window(ContentId(9), 0, 10).unwrap(), TextWindow::default());
}

#[test]
fn pages_that_begin_inside_a_window() {
    let (_dir, store, root) = library_with_root();
    let mut content = document(1, &["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
    for (passage, page) in content.passages.iter_mut().zip([1, 1, 2, 4, 4]) {
        passage.page = Some(page);
    }
    let (id, _) = add(&store, root, "/lib/a.txt", content);
    let starts = |from, to| store.text_window(id, from, to).unwrap().page_starts;
    assert_eq!(starts(0, 99), [(1, 0), (2, 12), (4, 18)]);
    assert_eq!(starts(6, 14), [(2, 12)]);
    assert_eq!(starts(8, 12), []);
    assert_eq!(starts(19, 99), []);
}

#[test]
fn passages_know_their_neighbours_and_owners() {
    let (_dir, store, root) = library_with_root();
    let (_, other) = add(&store, root, "/lib/z.txt", document(9, &["alone"]));
    let (content, ids) = add(&store, root, "/lib/a.txt", document(1, &["one", "two", "three"]));
    let at = |id| store.neighbours(id).unwrap();
    let expected = |previous, next, ordinal, count| Some(Neighbours { previous, next, ordinal, count });
    assert_eq!(at(ids[0]), expected(None, Some(ids[1]), 0, 3));
    assert_eq!(at(ids[1]), expected(Some(ids[0]), Some(ids[2]), 1, 3));
    assert_eq!(at(ids[2]), expected(Some(ids[1]), None, 2, 3));
    assert_eq!(at(other[0]), expected(None, None, 0, 1));
    assert_eq!(at(PassageId(999)), None);

    let asked = [ids[2], PassageId(999), ids[0]];
    let rows = store.passages(&asked).unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row.id, row.content, row.start, row.end, row.text.as_str())).collect();
    assert_eq!(rows, [(ids[2], content, 10, 15, "three"), (ids[0], content, 0, 3, "one")]);
    let owners = store.passage_owners(&asked).unwrap();
    assert_eq!((owners.len(), owners[&ids[2]]), (2, content));
}
