//! The language of the search box: words, "exact phrases", -words, fields with values (`kind:pdf`, `before:2019`),
//! and dates and kinds in plain words ("photos from june 2019"). Nothing that is typed is an error: what is not
//! understood is looked for as words.
//!
//! What is asked of the same field twice is an alternative (`kind:pdf kind:docx`), and so are values with commas
//! between them; dates and sizes that are asked twice must both hold (`after:2018 size:>1mb size:<5mb`). `before:`
//! means before the beginning of a date and `after:` after its end, so `after:2018` begins with 2019. Of two
//! `similar:` the last one counts.
//!
//! "OR" stays among the words, where it stands between two of them; a query that holds it is not read for dates and
//! kinds in plain words, because an alternative to words is not a condition.

mod dates;
mod fields;
mod kinds;
mod sizes;
mod spoken;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

use time::Date;

use cairn_core::Filter;

pub use fields::Field;
use tokens::{Shape, Taken, Token};

/// Bytes of a query that are read for fields. Who pastes more means to find that text: the rest is words, and
/// dates and kinds in plain words stay words everywhere.
const MOST_READ: usize = 2_000;

/// A query that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What to look for: words, phrases and excluded words as they were typed, without what became chips. It ends
    /// in a space where the last word is known to be complete.
    pub text: String,
    /// What a file must be.
    pub filter: Filter,
    /// What a file should be like.
    pub similar: Option<String>,
    /// What was understood as conditions, in the order it was typed.
    pub chips: Vec<Chip>,
}

/// A part of a query that was understood as a condition. Who cuts it out of the query takes back this condition and
/// no other, unless the words around it say something together ("last" and "year").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Its first byte in what was typed.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// What it asks about a file.
    pub field: Field,
    /// The value: days in the form "2019-06" or "2019-06-03..2019-06-05", anything else in the words that were typed.
    pub label: String,
    /// Whether it must not hold.
    pub negated: bool,
    /// Whether it came from plain words.
    pub spoken: bool,
}

/// Takes apart what was typed. `today` is what "yesterday" and "last week" start from. The work grows with the
/// length of the text only where that is copied.
pub fn parse(typed: &str, today: Date) -> Parsed {
    let head = &typed[..typed.floor_char_boundary(MOST_READ)];
    let mut tokens = tokens::tokens(head, today);
    if head.len() < typed.len() {
        // It may have been cut in two.
        tokens.pop();
    } else if !tokens.iter().any(|token| matches!(token.shape, Shape::Or)) {
        spoken::take(typed, &mut tokens, today);
    }
    let taken = || tokens.iter().filter_map(Token::taken);
    let similar = taken().rfind(|taken| taken.field == Field::Similar).map(|taken| taken.label.clone());
    Parsed { text: text(typed, &tokens), filter: filter(taken()), similar, chips: chips(&tokens) }
}

fn chips(tokens: &[Token]) -> Vec<Chip> {
    let chip = |token: &Token| {
        let Taken { field, label, negated, spoken, .. } = token.taken()?.clone();
        Some(Chip { start: token.range.start, end: token.range.end, field, label, negated, spoken })
    };
    tokens.iter().filter_map(chip).collect()
}

fn filter<'t>(taken: impl Iterator<Item = &'t Taken>) -> Filter {
    let mut filter = Filter::default();
    let mut fields: Vec<Field> = Vec::new();
    for Taken { field, negated, conditions, .. } in taken.filter(|taken| !taken.conditions.is_empty()) {
        let known = fields.iter().position(|known| known == field && !field.is_measured());
        let list = if *negated {
            &mut filter.none
        } else if let Some(list) = known.and_then(|known| filter.all.get_mut(known)) {
            list
        } else {
            fields.push(*field);
            filter.all.push_mut(Vec::new())
        };
        for condition in conditions {
            if !list.contains(condition) {
                list.push(condition.clone());
            }
        }
    }
    filter
}

/// What was typed without what was taken, and without an "OR" beside it.
fn text(typed: &str, tokens: &[Token]) -> String {
    let is_taken = |at: usize| tokens.get(at).is_some_and(|token| token.taken().is_some());
    let (mut text, mut start) = (String::new(), 0);
    for (at, token) in tokens.iter().enumerate() {
        let dangling = matches!(token.shape, Shape::Or) && (is_taken(at.wrapping_sub(1)) || is_taken(at + 1));
        if dangling || is_taken(at) {
            text.push_str(typed[start..token.range.start].trim());
            if !text.is_empty() && !text.ends_with(' ') {
                text.push(' ');
            }
            start = token.range.end;
        }
    }
    text.push_str(typed[start..].trim_start());
    text
}
