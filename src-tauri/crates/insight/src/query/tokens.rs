//! Takes a query apart at spaces and quotes, in the same places as the keyword search does.

use std::ops::Range;

use time::Date;

use cairn_core::Condition;

use super::fields::{self, Field};
use super::words::{is_quote, quoted};

/// A piece of a query.
pub(super) struct Token {
    pub range: Range<usize>,
    pub shape: Shape,
}

/// What a piece is.
pub(super) enum Shape {
    /// A word that may belong to a phrase in plain words.
    Word,
    /// "OR" between two others.
    Or,
    /// A phrase in quotes, or what is excluded: stays as it is.
    Kept,
    /// Understood as conditions.
    Taken(Taken),
}

/// What was understood.
#[derive(Clone)]
pub(super) struct Taken {
    pub field: Field,
    pub label: String,
    pub negated: bool,
    pub spoken: bool,
    pub conditions: Vec<Condition>,
}

impl Token {
    pub fn is_word(&self) -> bool {
        matches!(self.shape, Shape::Word)
    }

    pub fn taken(&self) -> Option<&Taken> {
        match &self.shape {
            Shape::Taken(taken) => Some(taken),
            _ => None,
        }
    }
}

/// The pieces of a query in their order. Between them lies nothing but space.
pub(super) fn tokens(typed: &str, today: Date) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let start = typed.len() - rest.len();
        let (length, shape) = first(rest, today);
        tokens.push(Token { range: start..start + length, shape });
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    tokens
}

fn first(rest: &str, today: Date) -> (usize, Shape) {
    let dashless = rest.strip_prefix('-');
    let (item, dash) = (dashless.unwrap_or(rest), rest.len() - dashless.unwrap_or(rest).len());
    if let Some((length, taken)) = fields::read(item, dashless.is_some(), today) {
        return (dash + length, Shape::Taken(taken));
    }
    if let Some((_, length)) = quoted(item) {
        return (dash + length, Shape::Kept);
    }
    let length = item.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(item.len());
    let shape = match &item[..length] {
        _ if dash > 0 => Shape::Kept,
        "OR" => Shape::Or,
        _ => Shape::Word,
    };
    (dash + length, shape)
}
