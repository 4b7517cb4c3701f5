//! Dates and kinds in plain words: "photos from june 2019", "pdf über Versicherung letztes Jahr", "去年的照片".
//!
//! Only what clearly is one is taken, since a word that became a condition is not looked for any more. Whether
//! something is taken does not depend on what else was: without any one of the chips the others stay. So "photo june
//! 2019 rome" keeps its "photo", which would be a word without the date.

use time::Date;

use cairn_core::{Condition, Span};

use super::dates::{expression, is_filler, through};
use super::fields::{Field, dated};
use super::kinds::noun;
use super::tokens::{Shape, Taken, Token};
use super::words::{bare, fold, listed, lookup, words};

/// Takes the dates and kinds that a query holds in plain words.
pub(super) fn take(typed: &str, tokens: &mut Vec<Token>, today: Date) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((count, taken)) = date(typed, &tokens[at..], today) {
            replace(tokens, at, count, taken);
        } else if let Some(parts) = tokens.get(at).and_then(|token| chinese(typed, token, today)) {
            tokens.splice(at..=at, parts);
        }
        at += 1;
    }
    while let Some((at, count, taken)) = leading_kind(typed, tokens) {
        replace(tokens, at, count, taken);
    }
}

fn replace(tokens: &mut Vec<Token>, at: usize, count: usize, taken: Taken) {
    let part = tokens.iter().skip(at).take(count);
    let (start, end) =
        part.fold((usize::MAX, 0), |(start, _), token| (start.min(token.range.start), token.range.end));
    tokens.splice(at..at + count, [Token { range: start..end, shape: Shape::Taken(taken) }]);
}

fn spoken(field: Field, label: &str, conditions: Vec<Condition>) -> Taken {
    Taken { field, label: label.to_owned(), negated: false, spoken: true, conditions }
}

/// The folded words of a few plain tokens, up to the first that is none.
fn plain_words(typed: &str, tokens: &[Token], most: usize) -> Vec<Vec<String>> {
    let plain = tokens.iter().take(most).take_while(|token| token.is_word());
    plain.map(|token| words(typed.get(token.range.clone()).unwrap_or_default())).collect()
}

/// The words of some tokens, unless the first or the last holds nothing but punctuation.
fn flat(words: &[Vec<String>]) -> Option<Vec<&str>> {
    let whole = !words.first()?.is_empty() && !words.last()?.is_empty();
    whole.then(|| words.iter().flatten().map(String::as_str).collect())
}

/// The longest date that the tokens begin with, and how many of them it takes.
fn date(typed: &str, tokens: &[Token], today: Date) -> Option<(usize, Taken)> {
    let words = plain_words(typed, tokens, LONGEST_DATE);
    (1..=words.len()).rev().find_map(|count| {
        let (field, days) = said(&flat(words.get(..count)?)?, today)?;
        Some((count, said_taken(field, days)?))
    })
}

fn said_taken(field: Field, days: Span<Date>) -> Option<Taken> {
    let (condition, label) = dated(field, days)?;
    Some(spoken(field, &label, vec![condition]))
}

/// What words say of dates, with the preposition before them.
fn said(words: &[&str], today: Date) -> Option<(Field, Span<Date>)> {
    let relation = words.first().and_then(|first| lookup(RELATIONS, first));
    let rest = if relation.is_some() { words.get(1..)? } else { words };
    if rest.last().is_none_or(|last| is_filler(last)) {
        return None;
    }
    let days = |words: &[&str]| {
        let days = expression(words, today).filter(|days| days.clear || relation.is_some())?;
        let likely = days.span.from.is_some_and(|from| (1900..2100).contains(&from.year()));
        likely.then_some(days.span)
    };
    let range = || {
        let mut untils = (1..rest.len()).filter(|at| rest.get(*at).is_some_and(|word| listed(UNTIL, word)));
        untils.find_map(|at| through(days(rest.get(..at)?)?, days(rest.get(at + 1..)?)?))
    };
    match relation {
        None | Some(Relation::In) => Some((Field::Date, days(rest)?)),
        Some(Relation::From) => Some((Field::Date, range().or_else(|| days(rest))?)),
        Some(Relation::Between) => Some((Field::Date, range()?)),
        Some(Relation::Since) => {
            let since = || days(rest).map(|days| Span { from: days.from, until: None });
            Some((Field::Date, range().or_else(since)?))
        }
        Some(Relation::Before) => Some((Field::Before, days(rest)?)),
        Some(Relation::After) => Some((Field::After, days(rest)?)),
    }
}

/// The date that a Chinese word begins with and the kind that it ends with, "的" between it and what it says more
/// of; what remains stays a word.
fn chinese(typed: &str, token: &Token, today: Date) -> Option<Vec<Token>> {
    let word = typed.get(token.range.clone()).filter(|word| token.is_word() && word.contains(is_han))?;
    let (rest, kind) = match word.rsplit_once('的').map(|(rest, last)| (rest, last, noun(&fold(bare(last)))))
    {
        Some((rest, last, Some((means, _)))) => (rest, Some(spoken(Field::Kind, bare(last), means.to_vec()))),
        _ => (word, None),
    };
    let date = chinese_date(rest, today);
    let start = token.range.start;
    let (middle, end) = (start + date.as_ref().map_or(0, |(length, _)| *length), start + rest.len());
    let mut parts = Vec::new();
    parts.extend(date.map(|(_, date)| Token { range: start..middle, shape: Shape::Taken(date) }));
    parts.extend((middle < end).then_some(Token { range: middle..end, shape: Shape::Word }));
    parts.extend(kind.map(|kind| Token { range: end..token.range.end, shape: Shape::Taken(kind) }));
    parts.iter().any(|part| !part.is_word()).then_some(parts)
}

/// The date that a text begins with, and its bytes. It must go to the end, or be followed by "的" or a kind, for
/// words are not parted: "上周" in "上周日" is no week.
fn chinese_date(text: &str, today: Date) -> Option<(usize, Taken)> {
    let ends: Vec<usize> = text.char_indices().skip(1).map(|(at, _)| at).take(LONGEST_CHINESE).collect();
    let whole = (text.chars().count() <= LONGEST_CHINESE).then_some(text.len());
    whole.into_iter().chain(ends.into_iter().rev()).find_map(|end| {
        let (date, rest) = text.split_at_checked(end)?;
        let span = expression(&[date], today)?.span;
        if !date.contains(is_han) {
            return None;
        }
        let relation =
            CHINESE_RELATIONS.iter().find_map(|(field, name)| Some((*field, rest.strip_prefix(name)?)));
        let (field, rest) = relation.unwrap_or((Field::Date, rest));
        let after = rest.strip_prefix('的');
        let ends_here = rest.is_empty() || after.is_some() || noun(&fold(bare(rest))).is_some();
        let length = text.len() - after.unwrap_or(rest).len();
        ends_here.then(|| said_taken(field, span)).flatten().map(|taken| (length, taken))
    })
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The kind that a query begins with (chips aside): one of several files, or of one if a word like "about" or
/// nothing at all follows. Gives its first token and how many it takes with such a word.
fn leading_kind(typed: &str, tokens: &[Token]) -> Option<(usize, usize, Taken)> {
    let at = tokens.iter().position(|token| token.taken().is_none())?;
    let words = plain_words(typed, tokens.get(at..)?, LONGEST_NOUN + 1);
    let skip = usize::from(matches!(flat(words.get(..1)?)?.as_slice(), [one] if listed(OPENERS, one)));
    (1..=LONGEST_NOUN).rev().find_map(|count| {
        let name = flat(words.get(skip..skip + count)?)?.join(" ");
        let (means, several) = noun(&name)?;
        let after = at + skip + count;
        let follower = tokens.get(after..)?.iter().find(|token| token.taken().is_none());
        if !several && (skip > 0 || follower.is_some_and(|token| about(typed, token).is_none())) {
            return None;
        }
        let first = tokens.get(at + skip)?.range.start;
        let label = typed.get(first..tokens.get(after - 1)?.range.end)?;
        let absorbed = usize::from(tokens.get(after).and_then(|token| about(typed, token)) == Some(1));
        Some((at, skip + count + absorbed, spoken(Field::Kind, bare(label), means.to_vec())))
    })
}

/// How many words a token holds ("d'assurance" two) of which the first is like "about".
fn about(typed: &str, token: &Token) -> Option<usize> {
    let words = plain_words(typed, std::slice::from_ref(token), 1).concat();
    words.first().is_some_and(|first| listed(ABOUT, first)).then_some(words.len())
}

/// How a preposition relates files to a date.
#[derive(Clone, Copy)]
enum Relation {
    In,
    From,
    Between,
    Since,
    Before,
    After,
}

/// Tokens of the longest date: "del 3 de junio de 2019 al 5 de agosto de 2019".
const LONGEST_DATE: usize = 12;

/// Characters of the longest Chinese date, "2019年12月31日".
const LONGEST_CHINESE: usize = 11;

/// Words of the longest noun, "hojas de calculo".
const LONGEST_NOUN: usize = 3;

const RELATIONS: &[(Relation, &str)] = &[
    (Relation::In, "in, im, en, aus, during, dans"),
    (Relation::From, "from, von, vom, de, del, d"),
    (Relation::Between, "between, zwischen, entre"),
    (Relation::Since, "since, seit, depuis, desde"),
    (Relation::Before, "before, vor, avant, antes"),
    (Relation::After, "after, nach, apres, despues"),
];

const UNTIL: &str = "to, until, till, bis, a, al, au, hasta, and, und, et, y";

const CHINESE_RELATIONS: &[(Field, &str)] =
    &[(Field::Before, "之前"), (Field::Before, "以前"), (Field::After, "之后"), (Field::After, "以后")];

/// Words that say that a single noun is a kind of file.
const ABOUT: &str = "about, from, of, uber, ueber, vom, von, sur, de, du, des, d, sobre, del, 关于";

/// Words that a plural may be preceded by.
const OPENERS: &str = "my, all, the, meine, alle, die, mes, les, mis, los, las, 所有, 我的";
