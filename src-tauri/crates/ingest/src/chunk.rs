//! Passages: windows over tokens, cut where a reader would pause.

use unicode_segmentation::UnicodeSegmentation;

/// How long passages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkOptions {
    /// No passage has more tokens than this (at least 1).
    pub max_tokens: usize,
    /// Where a cut falls inside a paragraph, the next passage repeats up to this many tokens.
    pub overlap_tokens: usize,
}

impl Default for ChunkOptions {
    fn default() -> Self {
        ChunkOptions { max_tokens: 200, overlap_tokens: 30 }
    }
}

/// One passage: a span of the text without white space at its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The page on which it begins, counted from 1; `None` without pages.
    pub page: Option<u32>,
}

/// Cuts `text` into passages.
///
/// `token_spans` are the byte spans of its tokens in order ([`approximate_token_spans`] where no model is
/// installed); `page_starts` the offsets where pages begin, or nothing. Passages come in order and together hold
/// every token; each has at most `max_tokens`, and no passage but an only one is much shorter than a quarter of
/// that. A cut falls, in this order of preference, at a page break, between paragraphs, sentences, lines, words.
/// After a cut inside a paragraph the next passage begins up to `overlap_tokens` earlier, at a sentence if
/// possible, so that what straddles the cut is whole in one of them.
pub fn chunk(
    text: &str,
    page_starts: &[usize],
    token_spans: &[(usize, usize)],
    options: ChunkOptions,
) -> Vec<Chunk> {
    let tokens = sound_tokens(text, token_spans);
    let cuts = cuts(text, page_starts, &tokens);
    let max = options.max_tokens.max(1);
    let mut chunks = Vec::new();
    let (mut start, mut end) = (0, 0);
    while start < tokens.len() {
        end = window_end(&cuts, start, end, max);
        chunks.extend(passage(text, page_starts, &tokens[start..end]));
        start = next_start(&cuts, start, end, options.overlap_tokens.min(max / 2));
    }
    chunks
}

/// Tokens as a model without a tokenizer at hand would roughly count them: words, longer words in pieces of four
/// characters, every ideograph and every punctuation mark alone.
pub fn approximate_token_spans(text: &str) -> Vec<(usize, usize)> {
    const PIECE: usize = 4;
    const WHOLE_WORD: usize = 8;
    let mut spans = Vec::with_capacity(text.len() / 5);
    // The word being read, as the offsets where its characters begin.
    let mut word: Vec<usize> = Vec::new();
    let end_word = |word: &mut Vec<usize>, end: usize, spans: &mut Vec<(usize, usize)>| {
        let step = if word.len() <= WHOLE_WORD { WHOLE_WORD } else { PIECE };
        for first in (0..word.len()).step_by(step) {
            spans.push((word[first], word.get(first + step).copied().unwrap_or(end)));
        }
        word.clear();
    };
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() && !stands_alone(character) {
            word.push(at);
            continue;
        }
        end_word(&mut word, at, &mut spans);
        if !character.is_whitespace() {
            spans.push((at, at + character.len_utf8()));
        }
    }
    end_word(&mut word, text.len(), &mut spans);
    spans
}

/// How good a place is for a cut. Later is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    /// Both sides belong to one character: never, unless nothing else is left.
    Never,
    InsideWord,
    Word,
    Line,
    Sentence,
    Paragraph,
    Page,
}

/// Spans on character boundaries, in order, without those that hold nothing (models mark their own tokens so).
fn sound_tokens(text: &str, spans: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut last = 0;
    let mut sound = Vec::with_capacity(spans.len());
    for &(start, end) in spans {
        let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end));
        // Some tokenizers count the white space before a word as part of it.
        let start = start + text.get(start..end).map_or(0, |token| token.len() - token.trim_start().len());
        if start < end && start >= last {
            sound.push((start, end));
            last = start;
        }
    }
    sound
}

/// For each token the quality of a cut right before it.
fn cuts(text: &str, page_starts: &[usize], tokens: &[(usize, usize)]) -> Vec<Cut> {
    let mut breaks = breaks(text);
    breaks.extend(page_starts.iter().map(|&start| (start, Cut::Page)));
    breaks.sort_unstable();
    let mut breaks = breaks.into_iter().peekable();
    let mut cuts = Vec::with_capacity(tokens.len());
    let mut previous: Option<usize> = None;
    for &(start, _) in tokens {
        let mut cut = match previous {
            None => Cut::Page,
            Some(previous) if previous == start => Cut::Never,
            Some(_) => word_cut(text, start),
        };
        while let Some((_, better)) = breaks.next_if(|&(at, _)| at <= start) {
            if cut != Cut::Never {
                cut = cut.max(better);
            }
        }
        cuts.push(cut);
        previous = Some(start);
    }
    cuts
}

/// The offsets where paragraphs, sentences and lines begin.
fn breaks(text: &str) -> Vec<(usize, Cut)> {
    let mut breaks = Vec::new();
    let mut paragraph = 0..0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (paragraph.end, paragraph.end + line.len());
        paragraph.end = end;
        if line.trim().is_empty() {
            sentences(&text[paragraph.start..start], paragraph.start, &mut breaks);
            paragraph.start = end;
            breaks.push((end, Cut::Paragraph));
        } else if start > paragraph.start {
            breaks.push((start, Cut::Line));
        }
    }
    sentences(&text[paragraph.clone()], paragraph.start, &mut breaks);
    breaks
}

/// A line end within a paragraph ends no sentence, though the standard says so: PDFs end lines anywhere.
fn sentences(paragraph: &str, offset: usize, breaks: &mut Vec<(usize, Cut)>) {
    let joined = paragraph.replace(['\n', '\r'], " ");
    let starts = joined.split_sentence_bound_indices().map(|(at, _)| (offset + at, Cut::Sentence));
    breaks.extend(starts.skip(1));
}

fn word_cut(text: &str, at: usize) -> Cut {
    let (before, after) = (text[..at].chars().next_back(), text[at..].chars().next());
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
    if joins(before) && joins(after) { Cut::InsideWord } else { Cut::Word }
}

/// Scripts written without spaces, where any character may end a word.
fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// One past the last token of the passage that begins with token `start`; more than `covered`, where the passage
/// before it ended.
fn window_end(cuts: &[Cut], start: usize, covered: usize, max: usize) -> usize {
    let rest = cuts.len() - start;
    let quarter = (max / 4).max(1);
    // A page that is a passage of its own can be cited exactly.
    let page = ((start + quarter).max(covered + 1)..cuts.len().min(start + max + 1))
        .find(|&at| cuts[at] == Cut::Page);
    if let Some(page) = page.filter(|page| cuts.len() - page >= quarter) {
        return page;
    }
    if rest <= max {
        return cuts.len();
    }
    // What is left after the cut is worth a passage, too.
    let latest = (start + max).min(cuts.len() - quarter).max(covered + 1);
    let earliest = (start + max / 2).clamp(covered + 1, latest);
    let best = (earliest..=latest).max_by_key(|&at| (cuts[at], at)).unwrap_or(latest);
    if cuts[best] > Cut::InsideWord {
        return best;
    }
    // One word longer than half a passage: any earlier end of a word, else through it.
    let early = (covered + 1..earliest).rev().find(|&at| cuts[at] > Cut::InsideWord);
    early.unwrap_or(if cuts[best] == Cut::Never { latest } else { best })
}

/// Where the passage after `start..end` begins.
fn next_start(cuts: &[Cut], start: usize, end: usize, overlap: usize) -> usize {
    if end == cuts.len() || cuts[end] >= Cut::Paragraph {
        return end;
    }
    let earliest = end.saturating_sub(overlap).max(start + 1);
    // Never back across a paragraph: its end was a better place for a cut than any before it.
    let earliest = (earliest..end).rev().find(|&at| cuts[at] >= Cut::Paragraph).unwrap_or(earliest);
    let at_least = |cut: Cut| (earliest..end).find(|&at| cuts[at] >= cut);
    at_least(Cut::Sentence).or_else(|| at_least(Cut::Word)).unwrap_or(end)
}

fn passage(text: &str, page_starts: &[usize], tokens: &[(usize, usize)]) -> Option<Chunk> {
    let start = tokens.first()?.0;
    let end = tokens.iter().map(|&(_, end)| end).max()?;
    let end = start + text[start..end].trim_end().len();
    let page = page_starts.partition_point(|&page| page <= start);
    let page = (!page_starts.is_empty()).then(|| u32::try_from(page.max(1)).unwrap_or(u32::MAX));
    (start < end).then_some(Chunk { start, end, page })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn texts<'a>(text: &'a str, chunks: &[Chunk]) -> Vec<&'a str> {
        chunks.iter().map(|chunk| &text[chunk.start..chunk.end]).collect()
    }

    fn cut(text: &str, max_tokens: usize, overlap_tokens: usize) -> Vec<&str> {
        let spans = approximate_token_spans(text);
        texts(text, &chunk(text, &[], &spans, ChunkOptions { max_tokens, overlap_tokens }))
    }

    #[test]
    fn tokens_are_words_pieces_and_ideographs() {
        let text = "Plain words, internationalisation 東京 2.";
        let tokens: Vec<&str> = approximate_token_spans(text).iter().map(|&(a, b)| &text[a..b]).collect();
        let expected = ["Plain", "words", ",", "inte", "rnat", "iona", "lisa", "tion", "東", "京", "2", "."];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn short_text_is_one_passage_and_no_text_is_none() {
        assert_eq!(cut("  one two\n", 10, 2), ["one two"]);
        assert_eq!(cut(" \n\t ", 10, 2), Vec::<&str>::new());
    }

    #[test]
    fn paragraphs_before_sentences_before_words() {
        let text = "One two three. Four five.\n\nSix seven eight. Nine ten eleven twelve.";
        assert_eq!(
            cut(text, 12, 3),
            ["One two three. Four five.", "Six seven eight. Nine ten eleven twelve."]
        );
        let text = "One two three four. Five six seven eight. Nine ten eleven twelve.";
        assert_eq!(
            cut(text, 11, 0),
            ["One two three four. Five six seven eight.", "Nine ten eleven twelve."]
        );
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(cut(text, 6, 0), ["one two three four five six", "seven eight nine ten"]);
    }

    #[test]
    fn a_cut_inside_a_paragraph_repeats_its_last_sentence() {
        let text = "Aa bb cc dd ee. Ff gg. Hh ii jj kk ll mm nn oo.";
        assert_eq!(
            cut(text, 10, 4),
            ["Aa bb cc dd ee. Ff gg.", "Ff gg. Hh ii jj kk ll mm nn", "kk ll mm nn oo."]
        );
    }

    #[test]
    fn the_last_passage_is_worth_reading() {
        let text = "a b c d e f g h i";
        assert_eq!(cut(text, 8, 0), ["a b c d e f g", "h i"]);
        let text = "aa bb cc dd ee ff gg\n\nhh";
        assert_eq!(cut(text, 8, 0), [text]);
    }

    #[test]
    fn line_ends_of_a_pdf_end_no_sentence() {
        let text = "one two three\nfour five. Six seven\neight nine ten";
        assert_eq!(cut(text, 7, 0), ["one two three\nfour five.", "Six seven\neight nine ten"]);
    }

    #[test]
    fn pages_are_cited_and_preferred() {
        let text = "alpha beta gamma delta\n\nepsilon zeta eta theta";
        let second = text.find("epsilon").unwrap();
        let spans = approximate_token_spans(text);
        let options = ChunkOptions { max_tokens: 8, overlap_tokens: 2 };
        let chunks = chunk(text, &[0, second], &spans, options);
        assert_eq!(texts(text, &chunks), ["alpha beta gamma delta", "epsilon zeta eta theta"]);
        assert_eq!(chunks.iter().map(|c| c.page).collect::<Vec<_>>(), [Some(1), Some(2)]);
        // Empty pages begin where the next one does.
        let chunks = chunk(text, &[0, 0, second, second], &spans, options);
        assert_eq!(chunks.iter().map(|c| c.page).collect::<Vec<_>>(), [Some(2), Some(4)]);
    }

    #[test]
    fn spans_of_special_tokens_and_of_split_characters_do_no_harm() {
        let text = "日本 語";
        let spans = [(0, 0), (0, 1), (1, 3), (3, 6), (6, 10), (0, 0), (90, 99)];
        let chunks = chunk(text, &[], &spans, ChunkOptions { max_tokens: 2, overlap_tokens: 0 });
        assert_eq!(texts(text, &chunks), ["日", "本 語"]);
    }

    /// So that little is embedded again: on 141 documents of a handbook and of software 85 of 100 passages stay.
    #[test]
    fn what_is_inserted_at_the_top_changes_the_first_passages_alone() {
        let word =
            |at: usize| ["gravel", "harbour", "of", "slate", "the", "winter", "a", "cellar"][at * at % 8];
        let paragraph = |at: usize| {
            let words = (0..20 + at * 37 % 90).map(|n| word(at + n)).collect::<Vec<_>>().join(" ");
            format!("Paragraph {at}: {words}.\n\n")
        };
        let text: String = (0..60).map(paragraph).collect();
        let longer = format!("A paragraph that was not there before.\n\n{text}");
        let (before, after) = (cut(&text, 200, 30), cut(&longer, 200, 30));
        let first_known = after.iter().position(|passage| before.contains(passage)).unwrap();
        assert!(first_known <= 4 && after.len() > 20, "{first_known} of {}", after.len());
        assert!(after[first_known..].iter().all(|passage| before.contains(passage)));
    }

    proptest! {
        #[test]
        fn passages_are_bounded_ordered_and_hold_every_token(
            text in "([a-zäß東京.!? ]{0,12}(\n|\n\n|\r\n)?){0,40}",
            pages in prop::collection::vec(0usize..400, 0..5),
            max_tokens in 1usize..40,
            overlap_tokens in 0usize..20,
        ) {
            let mut pages: Vec<usize> = pages.into_iter().map(|p| text.floor_char_boundary(p)).collect();
            pages.sort_unstable();
            let tokens = approximate_token_spans(&text);
            let chunks = chunk(&text, &pages, &tokens, ChunkOptions { max_tokens, overlap_tokens });
            for chunk in &chunks {
                let passage = &text[chunk.start..chunk.end];
                prop_assert_eq!(passage.trim(), passage);
                let inside = tokens.iter().filter(|t| t.0 >= chunk.start && t.1 <= chunk.end).count();
                prop_assert!((1..=max_tokens).contains(&inside), "{} tokens", inside);
                let page = pages.iter().filter(|&&p| p <= chunk.start).count().max(1) as u32;
                prop_assert_eq!(chunk.page, (!pages.is_empty()).then_some(page));
            }
            for pair in chunks.windows(2) {
                prop_assert!(pair[0].start < pair[1].start && pair[0].end < pair[1].end);
            }
            for token in &tokens {
                prop_assert!(chunks.iter().any(|c| c.start <= token.0 && token.1 <= c.end), "{:?}", token);
            }
        }

        #[test]
        fn wild_spans_never_panic(
            text in ".{0,60}",
            spans in prop::collection::vec((0usize..80, 0usize..80), 0..60),
            pages in prop::collection::vec(0usize..80, 0..4),
            max_tokens in 0usize..10,
            overlap_tokens in 0usize..12,
        ) {
            let chunks = chunk(&text, &pages, &spans, ChunkOptions { max_tokens, overlap_tokens });
            for chunk in chunks {
                prop_assert!(text.get(chunk.start..chunk.end).is_some_and(|passage| !passage.is_empty()));
            }
        }
    }
}
