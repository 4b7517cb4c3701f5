//! Answers made of sentences that stand in the documents.

use std::collections::HashSet;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::words::{content_stems, words};

/// A longer stretch without any end of a sentence is cut.
const MAX_SENTENCE: usize = 600;
/// A shorter line that does not end a sentence may be a heading.
const SHORT_LINE: usize = 60;

/// Words that end in a full stop without ending a sentence, in lower case.
const ABBREVIATIONS: &[&str] = &[
    "abb", "abs", "al", "approx", "apr", "art", "aug", "av", "bd", "bspw", "bzw", "ca", "cap", "cf", "cie",
    "co", "col", "corp", "dec", "dept", "dez", "dipl", "dr", "dra", "ed", "eds", "eg", "est", "etc", "evtl",
    "ex", "feb", "fig", "figs", "fr", "gen", "ggf", "gov", "hr", "hrsg", "ie", "inc", "ing", "inkl", "jan",
    "jr", "jul", "jun", "kap", "lt", "ltd", "m", "mag", "max", "min", "mio", "mm", "mme", "mr", "mrd", "mrs",
    "ms", "mt", "nov", "nr", "no", "num", "oct", "okt", "op", "p", "pag", "pp", "prof", "pág", "resp", "rev",
    "s", "sec", "sen", "sep", "sept", "sog", "sr", "sra", "st", "str", "tel", "u", "univ", "usw", "v", "vgl",
    "vol", "vs", "z", "zzgl",
];

/// Byte ranges of the sentences of a text, in order, trimmed, none empty. Line breaks inside a sentence (PDF
/// text) do not end it; blank lines, list items, headings and table rows do; abbreviations, initials and
/// numbers with a full stop do not.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    blocks(text).into_iter().flat_map(|block| sentences_of_block(text, block)).collect()
}

/// Stretches of lines that run on.
fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let mut start = 0;
    let mut last = "";
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let line = line.trim();
        match blocks.last_mut() {
            _ if line.is_empty() => open = false,
            Some(block) if open && runs_on(last, line) => block.end = range.end,
            _ => {
                blocks.push(range);
                open = true;
            }
        }
        last = line;
    }
    blocks
}

/// Whether `next` continues the sentence or the paragraph of the line before it.
fn runs_on(line: &str, next: &str) -> bool {
    if is_marked(next) || is_heading(line) || is_rule(next) {
        return false;
    }
    let first = next.chars().find(|c| c.is_alphanumeric());
    if first.is_some_and(char::is_lowercase) {
        return true;
    }
    // A short line without an end, before a capital: a heading, an address, a row.
    let ended = line.ends_with(['.', '!', '?', ':', ';', '。', '！', '？']);
    ended || line.chars().count() >= SHORT_LINE || line.ends_with(['-', ','])
}

fn is_heading(line: &str) -> bool {
    line.starts_with('#') || is_rule(line)
}

/// Only signs: an underline or a rule.
fn is_rule(line: &str) -> bool {
    !line.is_empty() && !line.chars().any(char::is_alphanumeric)
}

/// A list item, a heading, a quotation or a table row.
fn is_marked(line: &str) -> bool {
    if line.starts_with(['#', '>', '|', '•', '‣', '▪', '◦', '●', '–', '—']) {
        return true;
    }
    if ["- ", "* ", "+ "].iter().any(|marker| line.starts_with(marker)) {
        return true;
    }
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let letter = || {
        line.char_indices().nth(1).filter(|_| line.starts_with(char::is_alphabetic)).map(|(i, _)| &line[i..])
    };
    let rest =
        if number.len() < line.len() && line.len() - number.len() <= 3 { Some(number) } else { letter() };
    rest.is_some_and(|rest| rest.starts_with(") ") || (rest.starts_with(". ") && number.len() < line.len()))
}

fn sentences_of_block(text: &str, block: Range<usize>) -> Vec<Range<usize>> {
    // A line break ends a sentence for the segmentation; a space of the same length does not.
    let flat: String =
        text[block.clone()].chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }).collect();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut joined = false;
    for (at, piece) in flat.split_sentence_bound_indices() {
        let range = at..at + piece.len();
        match found.last_mut() {
            Some(last) if joined => last.end = range.end,
            _ => found.push(range),
        }
        joined = is_open(&flat[found.last().map_or(0, |last| last.start)..at + piece.len()]);
    }
    let cut = found.into_iter().flat_map(|range| cut_long(&flat, range));
    let trimmed = cut.filter_map(|range| {
        let piece = &flat[range.clone()];
        let start = range.start + piece.len() - piece.trim_start().len();
        let kept = start..start + piece.trim().len();
        words(&flat[kept.clone()]).next()?;
        Some(block.start + kept.start..block.start + kept.end)
    });
    trimmed.collect()
}

/// Whether the full stop at the end belongs to an abbreviation, an initial or a number.
fn is_open(sentence: &str) -> bool {
    let Some(body) = sentence.trim_end().strip_suffix('.') else { return false };
    let last = body.rsplit(|c: char| c.is_whitespace() || c == '(' || c == '"').next().unwrap_or("");
    let word = last.rsplit('.').next().unwrap_or("");
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    // "3. Oktober", "No. 5", or the number of a list item; "in 2024." ends a sentence.
    let ordinal = !word.is_empty() && word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    initial || ordinal || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Cuts a stretch that is too long for a sentence at spaces.
fn cut_long(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    while range.end - start > MAX_SENTENCE {
        let limit =
            (start..=start + MAX_SENTENCE).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(range.end);
        let space = text[start..limit].rfind([';', ' ']).filter(|at| *at > 0);
        let end = space.map_or(limit, |at| start + at + 1);
        if end <= start {
            break;
        }
        pieces.push(start..end);
        start = end;
    }
    pieces.push(start..range.end);
    pieces
}

/// A sentence that may be part of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The sentence.
    pub text: &'a str,
    /// Cosine of its vector with the question's.
    pub cosine: f32,
    /// Score of the passage it stands in, 0 to 1.
    pub passage_score: f32,
    /// The passage; sentences of one passage stay together when they are equally good.
    pub source: usize,
}

/// What counts, and for how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// At most this many sentences.
    pub limit: usize,
    /// The cosine at which the model's vectors begin to mean something. A sentence below it is no answer; words
    /// of the question in it lower the line by up to a quarter.
    pub line: f32,
    /// Part of the cosine in the score.
    pub cosine: f32,
    /// Part of the question's content words that the sentence has.
    pub overlap: f32,
    /// Part of the passage's score.
    pub passage: f32,
    /// How much likeness to a chosen sentence costs, 0 to 1 (1 - lambda of maximal marginal relevance).
    pub variety: f32,
    /// A sentence that shares this part of its words with a chosen one repeats it.
    pub repeat: f32,
}

impl Default for Options {
    fn default() -> Self {
        Options { limit: 3, line: 0.35, cosine: 0.6, overlap: 0.25, passage: 0.15, variety: 0.3, repeat: 0.7 }
    }
}

/// The candidates (as indices, best first) that answer the question together: by the weighted mean of cosine,
/// share of the question's words and passage score, less what repeats a sentence already chosen (maximal
/// marginal relevance, Carbonell, Goldstein, SIGIR 1998). `question` holds its words; stop words do not count.
/// Empty where no sentence is above the line.
pub fn choose(question: &[impl AsRef<str>], candidates: &[Candidate<'_>], options: &Options) -> Vec<usize> {
    let question: HashSet<String> = question.iter().flat_map(|word| content_stems(word.as_ref())).collect();
    let contents: Vec<HashSet<String>> =
        candidates.iter().map(|candidate| content_stems(candidate.text).into_iter().collect()).collect();
    let mut left: Vec<(usize, f32)> = candidates
        .iter()
        .zip(&contents)
        .enumerate()
        .filter_map(|(i, (candidate, own))| Some((i, score(&question, candidate, own, options)?)))
        .collect();
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < options.limit {
        left.retain(|(i, _)| chosen.iter().all(|c| likeness(&contents[*i], &contents[*c]) < options.repeat));
        let worth = |&(i, score): &(usize, f32)| {
            let like = chosen.iter().map(|c| likeness(&contents[i], &contents[*c])).fold(0f32, f32::max);
            (1.0 - options.variety) * score - options.variety * like
        };
        let near =
            |i: usize| chosen.last().is_some_and(|last| candidates[*last].source == candidates[i].source);
        let best = left.iter().enumerate().max_by(|(_, a), (_, b)| {
            worth(a).total_cmp(&worth(b)).then(near(a.0).cmp(&near(b.0))).then(b.0.cmp(&a.0))
        });
        let Some((at, _)) = best else { break };
        chosen.push(left.remove(at).0);
    }
    chosen
}

/// The weighted mean of cosine, share of the question's words and passage score, 0 to 1; `None` below the line.
fn score(
    question: &HashSet<String>,
    candidate: &Candidate<'_>,
    own: &HashSet<String>,
    options: &Options,
) -> Option<f32> {
    let finite = |x: f32| if x.is_finite() { x.clamp(0.0, 1.0) } else { 0.0 };
    let cosine = finite(candidate.cosine);
    let shared = question.intersection(own).count() as f32 / question.len().max(1) as f32;
    if own.is_empty() || cosine < options.line * (1.0 - 0.25 * shared) {
        return None;
    }
    let total = options.cosine + options.overlap + options.passage;
    let sum = options.cosine * cosine
        + options.overlap * shared
        + options.passage * finite(candidate.passage_score);
    Some(if total > 0.0 { sum / total } else { 0.0 })
}

/// The share of the smaller set of words that the other has too.
fn likeness(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let smaller = a.len().min(b.len());
    if smaller == 0 { 0.0 } else { a.intersection(b).count() as f32 / smaller as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn all(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_of_prose() {
        assert_eq!(
            all("It rained. Did it? Yes!  Then it stopped"),
            ["It rained.", "Did it?", "Yes!", "Then it stopped"]
        );
        assert_eq!(
            all("Dr. Smith met Mr. J. R. Jones at 5 p.m. on Monday. They talked."),
            ["Dr. Smith met Mr. J. R. Jones at 5 p.m. on Monday.", "They talked."]
        );
        assert_eq!(
            all("Am 3. Oktober z. B. kam Hr. Maier. Er blieb."),
            ["Am 3. Oktober z. B. kam Hr. Maier.", "Er blieb."]
        );
        assert_eq!(
            all("See fig. 3, e.g. the U.S. part. It cost 3.50 in 2024. Fine."),
            ["See fig. 3, e.g. the U.S. part.", "It cost 3.50 in 2024.", "Fine."]
        );
        assert_eq!(all("下雨了。他走了！真的？"), ["下雨了。", "他走了！", "真的？"]);
        assert_eq!(all(""), Vec::<&str>::new());
        assert_eq!(all(" \n ***\n . \n"), Vec::<&str>::new());
    }

    #[test]
    fn sentences_of_broken_lines() {
        let text = "The roof was repaired in May by a firm from the next\ntown, and the bill was sent two weeks later by post.\nIt was paid at once. No\nreminder came.";
        assert_eq!(
            all(text),
            [
                "The roof was repaired in May by a firm from the next\ntown, and the bill was sent two weeks later by post.",
                "It was paid at once.",
                "No\nreminder came."
            ]
        );
    }

    #[test]
    fn headings_lists_and_rows_stand_alone() {
        let text = "# Roof repair\nThe roof leaks.\n\nCosts\nTiles are dear. Nails\nare not.\n- Tiles: 300\n- Nails: 20\n1. Call the firm\n2) Pay\n| a | b |\n| 1 | 2 |\nInvoice\n=======\r\nPaid.";
        assert_eq!(
            all(text),
            [
                "# Roof repair",
                "The roof leaks.",
                "Costs",
                "Tiles are dear.",
                "Nails\nare not.",
                "- Tiles: 300",
                "- Nails: 20",
                "1. Call the firm",
                "2) Pay",
                "| a | b |",
                "| 1 | 2 |",
                "Invoice",
                "Paid."
            ]
        );
    }

    #[test]
    fn whatever_goes_in_ranges_are_sound() {
        let pieces = [
            "Dr. ",
            "word ",
            ". ",
            "\n",
            "\r\n",
            "\n\n",
            "- ",
            "3. ",
            "屋顶。",
            "ü",
            "\u{301}",
            "😀",
            "Long",
            "? ",
            "\t",
        ];
        let mut random = Random::new(3);
        for _ in 0..2_000 {
            let text: String = (0..random.below(60)).map(|_| pieces[random.below(pieces.len())]).collect();
            let found = sentences(&text);
            for range in &found {
                let sentence = &text[range.clone()];
                assert!(
                    sentence.trim() == sentence && sentence.chars().any(char::is_alphanumeric),
                    "{text:?}"
                );
            }
            assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{text:?}");
            let kept: usize = found.iter().map(|range| letters(&text[range.clone()])).sum();
            assert_eq!(kept, letters(&text), "nothing is lost of {text:?}");
        }
        let endless = "word ".repeat(1_000);
        assert!(sentences(&endless).iter().all(|range| range.len() <= MAX_SENTENCE));
        assert!(sentences(&"语".repeat(1_000)).iter().all(|range| range.len() <= MAX_SENTENCE));
    }

    fn letters(text: &str) -> usize {
        text.chars().filter(|c| c.is_alphanumeric()).count()
    }

    fn candidate(text: &str, cosine: f32, source: usize) -> Candidate<'_> {
        Candidate { text, cosine, passage_score: 0.5, source }
    }

    #[test]
    fn the_best_different_sentences_answer() {
        let candidates = [
            candidate("The weather was fine.", 0.1, 1),
            candidate("The roof repair cost 1,200 euros.", 0.8, 2),
            candidate("Roof repair cost: 1,200 euros", 0.79, 3),
            candidate("The firm sent its bill for the roof in May.", 0.6, 2),
            candidate("Cats sleep.", 0.2, 4),
        ];
        let question = ["What", "did", "the", "roof", "repair", "cost"];
        assert_eq!(choose(&question, &candidates, &Options::default()), [1, 3]);
        let one = Options { limit: 1, ..Options::default() };
        assert_eq!(choose(&question, &candidates, &one), [1]);
    }

    #[test]
    fn nothing_near_is_no_answer() {
        let candidates = [
            candidate("Cats sleep.", 0.2, 1),
            candidate("...", 0.9, 1),
            candidate("Dogs bark.", f32::NAN, 1),
            // Not near by itself, but with every word of the question.
            candidate("Repairs of the roof", 0.3, 2),
            candidate("Repairs of the house", 0.3, 2),
        ];
        assert_eq!(choose(&["roof", "repair"], &candidates, &Options::default()), [3]);
        assert_eq!(choose(&["roof", "repair"], &candidates[..3], &Options::default()), Vec::<usize>::new());
        assert_eq!(choose(&[""; 0], &[], &Options::default()), Vec::<usize>::new());
    }

    #[test]
    fn words_and_passage_count_beside_the_cosine() {
        let better_passage = Candidate { passage_score: 0.9, ..candidate("Alpha beta.", 0.6, 1) };
        let candidates =
            [candidate("Gamma delta.", 0.6, 2), better_passage, candidate("The roof leaks.", 0.5, 3)];
        assert_eq!(choose(&["roof"], &candidates, &Options::default()), [2, 1, 0]);
        assert_eq!(choose(&["wall"], &candidates, &Options::default()), [1, 0, 2]);
    }

    #[test]
    fn of_equal_sentences_the_same_source_goes_on() {
        let candidates = [
            candidate("Alpha beta.", 0.6, 1),
            candidate("Gamma delta.", 0.5, 2),
            candidate("Epsilon zeta.", 0.5, 1),
        ];
        assert_eq!(choose(&["x"], &candidates, &Options::default()), [0, 2, 1]);
    }
}
