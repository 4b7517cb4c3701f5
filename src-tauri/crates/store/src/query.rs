//! What a person typed, and the FTS5 expression for it. Nothing typed reaches FTS5 unquoted.

use crate::words::{Run, has_cjk, runs};

/// More than anyone types; a pasted page must not become a query of thousands of terms.
const MOST_TERMS: usize = 64;

/// Shorter beginnings of words fit too much to be worth looking up.
const SHORTEST_PREFIX: usize = 3;

/// The words of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeywordQuery {
    /// Words, as typed. One that was typed twice counts twice.
    pub words: Vec<String>,
    /// Of each of these, joined by "OR", one must occur as if it were a word; each holds at least two words or phrases.
    pub alternatives: Vec<Vec<String>>,
    /// "Exact phrases": must occur.
    pub phrases: Vec<String>,
    /// -words and -"phrases": must not occur.
    pub excluded: Vec<String>,
    /// Whether the last word may be unfinished: then it also stands for every word that begins with it.
    pub unfinished: bool,
}

/// How the words are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// Every word.
    All,
    /// At least one.
    Any,
}

impl KeywordQuery {
    /// Takes apart what was typed: words, "exact phrases" (also in curly quotes), -words that must not occur, alternatives
    /// with "OR" between them (an "OR" that has nothing on one of its sides is a word). The last word counts as unfinished
    /// unless something follows it. Marks without letters or digits are dropped. In a text of more than 40 words, which nobody
    /// types, quotes and dashes are what they are in prose.
    pub fn parse(typed: &str) -> Self {
        if typed.split_whitespace().nth(PROSE).is_some() {
            return KeywordQuery::of_prose(typed);
        }
        let items = items(typed);
        let mut query = KeywordQuery::default();
        let mut rest = items.as_slice();
        while let Some((first, mut after)) = rest.split_first() {
            let mut joined = vec![first];
            while let [or, next, later @ ..] = after
                && or.is_or()
                && joined.iter().chain([&next]).all(|item| item.can_be_alternative())
            {
                joined.push(next);
                after = later;
            }
            query.push(&joined);
            rest = after;
        }
        let last = items.last().filter(|item| !item.quoted && !item.negated && item.ends_text);
        query.unfinished = last.is_some_and(|item| query.words.last().is_some_and(|word| word == item.text));
        query
    }

    fn of_prose(text: &str) -> Self {
        let words = text.split(|c: char| c.is_whitespace() || is_quote(c));
        let words = words.filter(|word| word.chars().any(char::is_alphanumeric)).map(str::to_owned);
        KeywordQuery { words: words.collect(), ..KeywordQuery::default() }
    }

    /// Whether there is nothing to look for. Only excluding something finds nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty() && self.alternatives.is_empty()
    }

    /// Everything that is looked for, in the order in which it is marked.
    pub fn wanted(&self) -> impl Iterator<Item = &String> {
        self.words.iter().chain(self.alternatives.iter().flatten()).chain(&self.phrases)
    }

    /// Takes one item, or several that are alternatives to each other.
    fn push(&mut self, items: &[&Item<'_>]) {
        let &[Item { text, quoted, negated, .. }] = items else {
            let texts: Vec<String> = items.iter().map(|item| item.text.to_owned()).collect();
            self.alternatives.push(texts);
            return;
        };
        if !text.chars().any(char::is_alphanumeric) {
            return;
        }
        let list = match (negated, quoted) {
            (true, _) => &mut self.excluded,
            (false, true) => &mut self.phrases,
            (false, false) => &mut self.words,
        };
        list.push((*text).to_owned());
    }

    /// The FTS5 expression, with `bigrams` the name of the column that holds CJK bigrams; `None` where nothing is left
    /// to look for. Words too common to tell anything are left out, unless there are no others.
    pub(crate) fn expression(&self, join: Join, bigrams: &str) -> Option<String> {
        let terms = self.terms(bigrams);
        self.expression_of(&terms, join, bigrams)
    }

    /// Each word, or its alternatives, as an expression. Words too common to tell anything are left out, unless there is nothing
    /// else.
    pub(crate) fn terms(&self, bigrams: &str) -> Vec<String> {
        let last = self.words.len().saturating_sub(1);
        let terms = |common: bool| -> Vec<String> {
            let words = self.words.iter().enumerate().filter(|(_, word)| common || !is_common(word));
            let words = words.filter_map(|(at, word)| term(word, self.unfinished && at == last, bigrams));
            let alternatives = self.alternatives.iter().filter_map(|texts| any_of(texts, bigrams));
            words.chain(alternatives).take(MOST_TERMS).collect()
        };
        let words = terms(false);
        if words.is_empty() && self.phrases.is_empty() { terms(true) } else { words }
    }

    /// As [`KeywordQuery::expression`], with these of its terms.
    pub(crate) fn expression_of(&self, terms: &[String], join: Join, bigrams: &str) -> Option<String> {
        let required: Vec<String> =
            self.phrases.iter().take(MOST_TERMS).filter_map(|phrase| term(phrase, false, bigrams)).collect();
        let words = match (join, terms.is_empty()) {
            (_, true) => None,
            (Join::All, _) => Some(terms.join(" AND ")),
            (Join::Any, _) => Some(format!("({})", terms.join(" OR "))),
        };
        let wanted: Vec<String> = required.into_iter().chain(words).collect();
        if wanted.is_empty() {
            return None;
        }
        let wanted = wanted.join(" AND ");
        let unwanted: Vec<String> =
            self.excluded.iter().take(MOST_TERMS).filter_map(|text| term(text, false, bigrams)).collect();
        if unwanted.is_empty() {
            return Some(wanted);
        }
        Some(format!("({wanted}) NOT ({})", unwanted.join(" OR ")))
    }

    /// An expression that fits whatever [`KeywordQuery::expression`] fits, for marking the parts that matched.
    pub(crate) fn marking_expression(&self) -> Option<String> {
        let everything = KeywordQuery {
            words: self
                .phrases
                .iter()
                .chain(self.alternatives.iter().flatten())
                .chain(&self.words)
                .cloned()
                .collect(),
            unfinished: self.unfinished,
            ..KeywordQuery::default()
        };
        everything.expression(Join::Any, "cjk")
    }

    /// The CJK runs of words and phrases.
    pub(crate) fn cjk_runs(&self) -> Vec<String> {
        let texts = self.wanted().filter(|text| has_cjk(text));
        let all = texts.flat_map(|text| runs(text, false));
        all.filter_map(|run| match run {
            Run::Cjk(run) => Some(run.into_iter().collect()),
            Run::Other(_) => None,
        })
        .collect()
    }
}

/// Whoever looks for more words than these pasted a text.
const PROSE: usize = 40;

/// What stands between alternatives.
const OR: &str = "OR";

/// One word or phrase, as it was typed.
struct Item<'a> {
    text: &'a str,
    quoted: bool,
    negated: bool,
    /// Whether nothing follows it, not even a space.
    ends_text: bool,
}

impl Item<'_> {
    fn is_or(&self) -> bool {
        self.text == OR && !self.quoted && !self.negated
    }

    fn can_be_alternative(&self) -> bool {
        !self.is_or() && !self.negated && self.text.chars().any(char::is_alphanumeric)
    }
}

fn items(typed: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut rest = typed.trim_start();
    while let Some(first) = rest.strip_prefix('-').unwrap_or(rest).chars().next() {
        let negated = rest.starts_with('-');
        let item = rest.strip_prefix('-').unwrap_or(rest);
        let quoted = is_quote(first);
        let body = if quoted { &item[first.len_utf8()..] } else { item };
        let end = body
            .find(|c: char| if quoted { is_quote(c) } else { c.is_whitespace() || is_quote(c) })
            .unwrap_or(body.len());
        let (text, after) = body.split_at(end);
        items.push(Item { text: text.trim(), quoted, negated, ends_text: after.is_empty() });
        rest = if quoted { after.strip_prefix(is_quote).unwrap_or(after) } else { after }.trim_start();
    }
    items
}

/// Alternatives as an FTS5 expression.
fn any_of(texts: &[String], bigrams: &str) -> Option<String> {
    let terms: Vec<String> = texts.iter().filter_map(|text| term(text, false, bigrams)).collect();
    (!terms.is_empty()).then(|| format!("({})", terms.join(" OR ")))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ff02}')
}

/// One word or phrase as an FTS5 expression.
fn term(text: &str, unfinished: bool, bigrams: &str) -> Option<String> {
    if !has_cjk(text) {
        let searchable = text.chars().any(char::is_alphanumeric);
        let exact = quoted(text);
        let letters = text.chars().rev().take_while(|c| c.is_alphanumeric()).count();
        let prefix = unfinished && letters >= SHORTEST_PREFIX;
        // The word itself beside its continuations: what holds the very word then scores higher.
        return searchable.then(|| if prefix { format!("({exact} OR {exact} *)") } else { exact });
    }
    let parts: Vec<String> = runs(text, true)
        .into_iter()
        .map(|run| match run {
            Run::Other(word) => quoted(&word),
            // Every character begins some bigram (or stands alone at the end of its run).
            Run::Cjk(run) if run.len() == 1 => format!("{bigrams} : {} *", quoted(&String::from_iter(run))),
            Run::Cjk(run) => {
                let pairs: Vec<String> = run.windows(2).map(|pair| pair.iter().collect()).collect();
                format!("{bigrams} : {}", quoted(&pairs.join(" ")))
            }
        })
        .collect();
    (!parts.is_empty()).then(|| format!("({})", parts.join(" AND ")))
}

/// An FTS5 string. Control characters would end it early.
fn quoted(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", clean.replace('"', "\"\""))
}

fn is_common(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    COMMON.binary_search(&word.as_str()).is_ok()
}

/// Words of the grammar in English, German, French, Spanish, Italian, Portuguese and Dutch, sorted. Left out are those
/// that mean something in another of these languages ("die", "war", "son", "fin").
const COMMON: &[&str] = &[
    "a", "about", "after", "al", "all", "also", "and", "any", "are", "as", "at", "au", "auf", "aus", "aux",
    "avec", "be", "because", "been", "before", "bei", "between", "but", "by", "che", "com", "como", "con",
    "da", "das", "dass", "de", "dei", "del", "della", "dem", "der", "des", "di", "did", "do", "does", "dos",
    "du", "een", "ein", "eine", "einem", "einen", "einer", "el", "elle", "em", "en", "es", "est", "et",
    "for", "from", "für", "had", "has", "have", "he", "het", "how", "i", "ich", "il", "im", "in", "into",
    "is", "ist", "it", "its", "je", "la", "las", "le", "les", "lo", "los", "mit", "my", "nach", "nicht",
    "nos", "nous", "och", "of", "on", "or", "our", "para", "per", "por", "pour", "qu", "que", "qui", "s",
    "se", "she", "si", "sich", "sind", "so", "sur", "t", "than", "that", "the", "their", "them", "then",
    "there", "these", "they", "this", "those", "to", "um", "una", "und", "une", "uno", "van", "vom", "von",
    "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "wo", "would",
    "you", "your", "zu", "zum", "zur", "à", "é",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn query(words: &[&str], phrases: &[&str], excluded: &[&str], unfinished: bool) -> KeywordQuery {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let (words, phrases, excluded) = (owned(words), owned(phrases), owned(excluded));
        KeywordQuery { words, phrases, excluded, unfinished, ..KeywordQuery::default() }
    }

    #[test]
    fn alternatives_are_taken_apart() {
        let taken = |typed: &str| {
            let query = KeywordQuery::parse(typed);
            let alternatives: Vec<String> = query.alternatives.iter().map(|texts| texts.join("|")).collect();
            format!("{} / {}", query.words.join(" "), alternatives.join(" "))
        };
        let cases = [
            ("cats OR dogs", " / cats|dogs"),
            ("red cats OR \"big dogs\" OR mice barn", "red barn / cats|big dogs|mice"),
            ("a OR b c OR d", " / a|b c|d"),
            ("OR cats OR", "OR cats OR / "),
            ("cats OR -dogs", "cats OR / "),
            ("cats or dogs", "cats or dogs / "),
        ];
        for (typed, expected) in cases {
            assert_eq!(taken(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_pasted_text_has_no_operators() {
        let text = format!("{}the \"training\" phase - or -what OR so", "many words ".repeat(20));
        let query = KeywordQuery::parse(&text);
        assert_eq!(query.words[40..], ["the", "training", "phase", "or", "-what", "OR", "so"]);
        assert!(query.phrases.is_empty() && query.excluded.is_empty() && query.alternatives.is_empty());
    }

    #[test]
    fn what_was_typed_is_taken_apart() {
        let cases = [
            ("", query(&[], &[], &[], false)),
            ("roof repair", query(&["roof", "repair"], &[], &[], true)),
            ("roof repair ", query(&["roof", "repair"], &[], &[], false)),
            ("\"roof repair\" bill -draft", query(&["bill"], &["roof repair"], &["draft"], false)),
            ("“roof repair” bill", query(&["bill"], &["roof repair"], &[], true)),
            ("-\"first draft\" bill", query(&["bill"], &[], &["first draft"], true)),
            ("\"not closed", query(&[], &["not closed"], &[], false)),
            ("well-known - -- ! a-b", query(&["well-known", "a-b"], &[], &[], true)),
            ("roof !", query(&["roof"], &[], &[], false)),
            ("a b a", query(&["a", "b", "a"], &[], &[], true)),
            ("pre\"mid\"post", query(&["pre", "post"], &["mid"], &[], true)),
            ("\"\" \" \"", query(&[], &[], &[], false)),
        ];
        for (typed, expected) in cases {
            assert_eq!(KeywordQuery::parse(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn expressions() {
        let cases = [
            ("roof bill", Join::All, "\"roof\" AND (\"bill\" OR \"bill\" *)"),
            ("roof bill ", Join::All, "\"roof\" AND \"bill\""),
            ("the roof of it -draft", Join::Any, "((\"roof\")) NOT (\"draft\")"),
            ("to be", Join::All, "\"to\" AND \"be\""),
            ("\"the roof\" bi", Join::Any, "\"the roof\" AND (\"bi\")"),
            ("屋顶维修", Join::All, "(cjk : \"屋顶 顶维 维修\")"),
            ("猫", Join::All, "(cjk : \"猫\" *)"),
            ("cats OR dogs barn ", Join::All, "\"barn\" AND (\"cats\" OR \"dogs\")"),
            ("cats OR dogs barn ", Join::Any, "(\"barn\" OR (\"cats\" OR \"dogs\"))"),
            ("Python编程", Join::All, "(\"Python\" AND cjk : \"编程\")"),
        ];
        for (typed, join, expected) in cases {
            let expression = KeywordQuery::parse(typed).expression(join, "cjk");
            assert_eq!(expression.as_deref(), Some(expected), "{typed:?}");
        }
        assert_eq!(KeywordQuery::parse("-draft").expression(Join::All, "cjk"), None);
    }

    #[test]
    fn common_words_are_sorted() {
        assert!(COMMON.is_sorted(), "the list is searched by halves");
    }
}
