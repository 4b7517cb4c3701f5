//! Where the words of a query occur in a text, and the stretch of it that shows them best.

use std::cell::OnceCell;
use std::ops::Range;

pub use crate::words::is_stop_word;
use crate::words::{fold, is_cjk, stem, words};

/// One word of a query in the form it is compared in.
enum Wanted {
    /// Another form of the same word: "swimming" finds "swim".
    Stem(String),
    /// A beginning: "swim*" finds "swimmer".
    Prefix(String),
    /// Characters of a script without spaces, anywhere.
    Within(String),
}

impl Wanted {
    /// The parts of a query word: a word with other signs inside ("roof-repair") is several words.
    fn of(word: &str) -> Vec<Wanted> {
        let mut parts: Vec<Wanted> = words(word)
            .map(|range| match &word[range] {
                part if part.chars().any(is_cjk) => Wanted::Within(fold(part)),
                part => Wanted::Stem(stem(part)),
            })
            .collect();
        if word.ends_with('*')
            && let Some(last) = parts.last_mut()
            && let Wanted::Stem(_) = last
            && let Some(range) = words(word).last()
        {
            *last = Wanted::Prefix(fold(&word[range]));
        }
        parts
    }
}

/// Which of the words of a query occur in a text, as [`matches`] finds them. A word with other signs inside ("roof-repair")
/// occurs where one of its parts does.
pub fn occurring(text: &str, query: &[impl AsRef<str>]) -> Vec<bool> {
    let wanted: Vec<Vec<Wanted>> = query.iter().map(|word| Wanted::of(word.as_ref())).collect();
    let mut occur = vec![false; query.len()];
    for range in words(text) {
        let form = Form::of(&text[range]);
        for (occurs, parts) in occur.iter_mut().zip(&wanted) {
            *occurs = *occurs || parts.iter().any(|part| form.is(part));
        }
    }
    occur
}

/// A word of a text in the forms it is compared in, made when they are needed: stemming costs more than all else here.
struct Form<'a> {
    word: &'a str,
    is_cjk: bool,
    folded: OnceCell<String>,
    stemmed: OnceCell<String>,
}

impl<'a> Form<'a> {
    fn of(word: &'a str) -> Form<'a> {
        let is_cjk = word.chars().next().is_some_and(is_cjk);
        Form { word, is_cjk, folded: OnceCell::new(), stemmed: OnceCell::new() }
    }

    fn is(&self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Within(part) => self.is_cjk && self.word.contains(part.as_str()),
            Wanted::Stem(stem) => self.begins_like(stem) && self.stemmed() == stem,
            Wanted::Prefix(prefix) => self.begins_like(prefix) && self.folded().starts_with(prefix.as_str()),
        }
    }

    /// Stemming keeps how words begin.
    fn begins_like(&self, other: &str) -> bool {
        match (self.word.as_bytes().first(), other.as_bytes().first()) {
            _ if self.is_cjk => false,
            (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => a.eq_ignore_ascii_case(b),
            _ => true,
        }
    }

    fn folded(&self) -> &str {
        self.folded.get_or_init(|| fold(self.word))
    }

    fn stemmed(&self) -> &str {
        self.stemmed.get_or_init(|| stem(self.word))
    }
}

/// Byte ranges where words of the query occur, in order, apart from each other. A word matches other forms of
/// itself, as in the keyword search (Porter's stemmer, case and accents ignored); a word that ends in `*`
/// matches whatever begins with it; Chinese, Japanese and Korean match anywhere.
pub fn matches(text: &str, query: &[impl AsRef<str>]) -> Vec<Range<usize>> {
    let wanted = wanted(query);
    find(text, &wanted).into_iter().map(|(range, _)| range).collect()
}

fn wanted(query: &[impl AsRef<str>]) -> Vec<Wanted> {
    query.iter().flat_map(|word| Wanted::of(word.as_ref())).collect()
}

/// Ranges in order with the wanted word of each.
fn find(text: &str, wanted: &[Wanted]) -> Vec<(Range<usize>, usize)> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    for range in words(text) {
        let word = &text[range.clone()];
        if word.chars().any(is_cjk) {
            found.extend(
                within(word, wanted)
                    .into_iter()
                    .map(|(at, i)| (range.start + at.start..range.start + at.end, i)),
            );
            continue;
        }
        let form = Form::of(word);
        let hit = wanted.iter().position(|wanted| form.is(wanted));
        found.extend(hit.map(|i| (range, i)));
    }
    found
}

/// Occurrences inside a stretch without spaces, joined where they touch.
fn within(word: &str, wanted: &[Wanted]) -> Vec<(Range<usize>, usize)> {
    let mut found: Vec<(Range<usize>, usize)> = Vec::new();
    for (i, wanted) in wanted.iter().enumerate() {
        if let Wanted::Within(part) = wanted {
            found.extend(word.match_indices(part.as_str()).map(|(at, _)| (at..at + part.len(), i)));
        }
    }
    found.sort_by_key(|(range, _)| (range.start, range.end));
    found.dedup_by(|next, last| {
        let touches = next.0.start <= last.0.end;
        if touches {
            last.0.end = last.0.end.max(next.0.end);
        }
        touches
    });
    found
}

/// The stretch of at most `max_chars` characters in which the most different words of the query occur (of
/// equal ones the one with more occurrences, then the first), with what [`matches`] finds in it. All ranges are
/// bytes of `text`. It begins and ends between words, if possible where a sentence or line does; without any
/// match it is the beginning of the text.
pub fn snippet(text: &str, query: &[impl AsRef<str>], max_chars: usize) -> (Range<usize>, Vec<Range<usize>>) {
    let wanted = wanted(query);
    let found = find(text, &wanted);
    let core = densest(text, &found, max_chars, wanted.len());
    let window = widen(text, core, max_chars);
    let inside = found.into_iter().map(|(range, _)| range);
    let inside = inside.filter(|range| window.start <= range.start && range.end <= window.end).collect();
    (window, inside)
}

/// The run of matches that fits into `max_chars` and says most.
fn densest(text: &str, found: &[(Range<usize>, usize)], max_chars: usize, wanted: usize) -> Range<usize> {
    let mut best = (0, 0, 0..0);
    let mut counts = vec![0usize; wanted];
    let (mut first, mut chars, mut distinct, mut counted_to) = (0, 0, 0, 0);
    for (last, (range, word)) in found.iter().enumerate() {
        counted_to = if last == 0 { range.start } else { counted_to };
        chars += text[counted_to..range.end].chars().count();
        counted_to = range.end;
        distinct += usize::from(counts[*word] == 0);
        counts[*word] += 1;
        while chars > max_chars && first < last {
            let (dropped, word) = &found[first];
            chars -= text[dropped.start..found[first + 1].0.start].chars().count();
            counts[*word] -= 1;
            distinct -= usize::from(counts[*word] == 0);
            first += 1;
        }
        if (distinct, last + 1 - first) > (best.0, best.1) && chars <= max_chars {
            best = (distinct, last + 1 - first, found[first].0.start..range.end);
        }
    }
    best.2
}

/// Grows `core` on both sides to `max_chars` characters, then cuts at the edges of words.
fn widen(text: &str, core: Range<usize>, max_chars: usize) -> Range<usize> {
    let spare = max_chars.saturating_sub(text[core.clone()].chars().count());
    let before = text[..core.start].chars().count();
    let after = text[core.end..].chars().count();
    // A third of the room goes to what comes before; what one side does not need the other gets.
    let lead = (spare / 3).max(spare.saturating_sub(after)).min(before);
    let start = back(text, core.start, lead);
    let start = if start == 0 { 0 } else { begin(text, start, core.start) };
    let used = text[start..core.end].chars().count();
    let end = forth(text, core.end, max_chars.saturating_sub(used));
    let end = if end == text.len() { end } else { finish(text, core.end, end, core.is_empty()) };
    trim(text, start..end)
}

/// The byte offset `count` characters before `at`.
fn back(text: &str, at: usize, count: usize) -> usize {
    if count == 0 { at } else { text[..at].char_indices().rev().nth(count - 1).map_or(0, |(i, _)| i) }
}

/// The byte offset `count` characters after `at`.
fn forth(text: &str, at: usize, count: usize) -> usize {
    text[at..].char_indices().nth(count).map_or(text.len(), |(i, _)| at + i)
}

/// The best beginning between `from` and `to`: after the end of a sentence or a line, else after a space.
fn begin(text: &str, from: usize, to: usize) -> usize {
    let lead = &text[from..to];
    let sentence = lead.char_indices().zip(lead.chars().skip(1)).find_map(|((i, c), next)| {
        (c == '\n' || (matches!(c, '.' | '!' | '?') && next.is_whitespace())).then(|| from + i + c.len_utf8())
    });
    let cut_inside = text[..from].chars().next_back().is_some_and(char::is_alphanumeric);
    let word = || {
        let first = lead.char_indices().find(|(_, c)| !c.is_alphanumeric() || is_cjk(*c));
        first.map_or(to, |(i, _)| from + i)
    };
    sentence.unwrap_or_else(|| if cut_inside { word() } else { from })
}

/// The last end of a word between `from` and `to`; `to` itself where one word fills everything and there is
/// nothing else to show.
fn finish(text: &str, from: usize, to: usize, may_cut: bool) -> usize {
    if !text[to..].chars().next().is_some_and(|c| c.is_alphanumeric() && !is_cjk(c)) {
        return to;
    }
    let edge = text[from..to].char_indices().rev().find(|(_, c)| !c.is_alphanumeric() || is_cjk(*c));
    match edge {
        Some((i, c)) => from + i + if is_cjk(c) { c.len_utf8() } else { 0 },
        None => {
            if may_cut {
                to
            } else {
                from
            }
        }
    }
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn shown<'a>(text: &'a str, ranges: &[Range<usize>]) -> Vec<&'a str> {
        ranges.iter().map(|range| &text[range.clone()]).collect()
    }

    #[test]
    fn the_words_that_occur() {
        let text = "Élève! The roofs were repaired. 屋顶维修";
        let words = ["roof", "eleve", "garden", "repair-shop", "repai*", "维修", "The"];
        assert_eq!(occurring(text, &words), [true, true, false, true, true, true, true]);
        assert_eq!(occurring(text, &["repairing"]), [true]);
        assert_eq!(occurring("", &words), [false; 7]);
    }

    #[test]
    fn words_match_in_other_forms() {
        let cases: [(&str, &[&str], &[&str]); 9] = [
            ("We swim; the swimmers swam, swimming.", &["swims"], &["swim", "swimming"]),
            ("Roof repairs. ROOFING, roofer", &["roof", "repair"], &["Roof", "repairs", "ROOFING"]),
            ("Über das Café und das CAFE", &["cafe"], &["Café", "CAFE"]),
            ("invoice invoices invoiced", &["invoi*"], &["invoice", "invoices", "invoiced"]),
            ("the roof-repair bill", &["roof-repair"], &["roof", "repair"]),
            ("屋顶维修的发票，维修", &["维修"], &["维修", "维修"]),
            ("使用Python编程", &["python", "编"], &["Python", "编"]),
            ("屋顶维修", &["屋顶", "顶维"], &["屋顶维"]),
            ("nothing here", &["", "*", "...", "absent"], &[]),
        ];
        for (text, query, expected) in cases {
            assert_eq!(shown(text, &matches(text, query)), expected, "{text}");
        }
    }

    #[test]
    fn the_snippet_is_around_the_densest_matches() {
        let text = "A roof is a roof. Nothing of note happens for quite a while in this text, which goes on and on. \
                    Then the roof repair was paid by invoice in May. And so it ends, long after all of that.";
        let (window, marks) = snippet(text, &["invoice", "roof", "repairs"], 60);
        assert_eq!(&text[window.clone()], "Then the roof repair was paid by invoice in May. And so it");
        assert_eq!(shown(text, &marks), ["roof", "repair", "invoice"]);
        let (window, marks) = snippet(text, &["absent"], 20);
        assert_eq!((&text[window], marks), ("A roof is a roof.", vec![]));
        assert_eq!(snippet("", &["x"], 10), (0..0, vec![]));
        let (window, marks) = snippet("short text", &["text"], 100);
        assert_eq!((window, shown("short text", &marks)), (0..10, vec!["text"]));
    }

    #[test]
    fn words_are_not_cut() {
        let text = "supercalifragilistic expialidocious words are here to be shown in parts only";
        let (window, marks) = snippet(text, &["shown"], 24);
        assert_eq!(&text[window], "to be shown in parts");
        assert_eq!(shown(text, &marks), ["shown"]);
    }

    #[test]
    fn whatever_goes_in_ranges_are_sound() {
        let pieces =
            ["roof ", "repair", "ü", "屋顶", "。", ". ", "\n", "e\u{301}", "😀", "x1", " ", "-", "Invoices "];
        let mut random = Random::new(9);
        for _ in 0..2_000 {
            let text: String = (0..random.below(40)).map(|_| pieces[random.below(pieces.len())]).collect();
            let max = random.below(60);
            let (window, marks) = snippet(&text, &["roofs", "屋", "repair*", "eu"], max);
            let part = &text[window.clone()];
            assert!(part.chars().count() <= max, "{text:?} {max} {part:?}");
            assert_eq!(part.trim(), part);
            for pair in marks.windows(2) {
                assert!(pair[0].end <= pair[1].start, "{text:?}");
            }
            for mark in &marks {
                assert!(
                    !text[mark.clone()].is_empty() && window.start <= mark.start && mark.end <= window.end
                );
            }
            if max >= 20 && !matches(&text, &["roofs"]).is_empty() {
                assert!(!marks.is_empty(), "{text:?} {max}");
            }
        }
    }
}
