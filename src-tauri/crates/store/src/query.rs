//! What a person typed, and the FTS5 expression for it. Nothing typed reaches FTS5 unquoted.

use crate::words::{Run, has_cjk, runs};

/// More than anyone types; a pasted page must not become a query of thousands of terms.
const MOST_TERMS: usize = 48;

/// Shorter beginnings of words fit too much to be worth looking up.
const SHORTEST_PREFIX: usize = 3;

/// The words of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeywordQuery {
    /// Words, as typed.
    pub words: Vec<String>,
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
    /// Takes apart what was typed: words, "exact phrases" (also in curly quotes), -words that must not occur. The
    /// last word counts as unfinished unless something follows it. Marks without letters or digits are dropped.
    pub fn parse(typed: &str) -> Self {
        let mut query = KeywordQuery::default();
        let mut rest = typed;
        loop {
            rest = rest.trim_start();
            let negated = rest.strip_prefix('-');
            let item = negated.unwrap_or(rest);
            let Some(first) = item.chars().next() else { break };
            let quoted = is_quote(first);
            let body = if quoted { &item[first.len_utf8()..] } else { item };
            let end = body
                .find(|c: char| if quoted { is_quote(c) } else { c.is_whitespace() || is_quote(c) })
                .unwrap_or(body.len());
            let (text, after) = body.split_at(end);
            query.unfinished = !quoted && negated.is_none() && after.is_empty();
            rest = if quoted { after.strip_prefix(is_quote).unwrap_or(after) } else { after };
            query.push(text.trim(), quoted, negated.is_some());
        }
        query.unfinished &= !query.words.is_empty();
        query
    }

    /// Whether there is nothing to look for. Only excluding something finds nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty()
    }

    fn push(&mut self, text: &str, quoted: bool, negated: bool) {
        let list = match (negated, quoted) {
            (true, _) => &mut self.excluded,
            (false, true) => &mut self.phrases,
            (false, false) => &mut self.words,
        };
        if text.chars().any(char::is_alphanumeric) {
            // A word typed again at the end is the one being typed.
            list.retain(|known| known != text);
            list.push(text.to_owned());
        } else if !negated && !quoted {
            self.unfinished = false;
        }
    }

    /// The FTS5 expression, with `bigrams` the name of the column that holds CJK bigrams; `None` where nothing is left
    /// to look for. Words too common to tell anything are left out, unless there are no others.
    pub(crate) fn expression(&self, join: Join, bigrams: &str) -> Option<String> {
        let required: Vec<String> =
            self.phrases.iter().take(MOST_TERMS).filter_map(|phrase| term(phrase, false, bigrams)).collect();
        let last = self.words.len().saturating_sub(1);
        let terms = |common: bool| -> Vec<String> {
            let words = self.words.iter().enumerate().filter(|(_, word)| common || !is_common(word));
            words
                .filter_map(|(at, word)| term(word, self.unfinished && at == last, bigrams))
                .take(MOST_TERMS)
                .collect()
        };
        let mut words = terms(false);
        if words.is_empty() && required.is_empty() {
            words = terms(true);
        }
        let words = match (join, words.is_empty()) {
            (_, true) => None,
            (Join::All, _) => Some(words.join(" AND ")),
            (Join::Any, _) => Some(format!("({})", words.join(" OR "))),
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
            words: self.phrases.iter().chain(&self.words).cloned().collect(),
            phrases: Vec::new(),
            excluded: Vec::new(),
            unfinished: self.unfinished,
        };
        everything.expression(Join::Any, "cjk")
    }

    /// The CJK runs of words and phrases.
    pub(crate) fn cjk_runs(&self) -> Vec<String> {
        let texts = self.words.iter().chain(&self.phrases).filter(|text| has_cjk(text));
        let all = texts.flat_map(|text| runs(text, false));
        all.filter_map(|run| match run {
            Run::Cjk(run) => Some(run.into_iter().collect()),
            Run::Other(_) => None,
        })
        .collect()
    }
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
        KeywordQuery { words: owned(words), phrases: owned(phrases), excluded: owned(excluded), unfinished }
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
            ("a b a", query(&["b", "a"], &[], &[], true)),
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
