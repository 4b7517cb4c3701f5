//! Words as the tables of the query language hold them, and the quotes around phrases.

/// Whether a list with ", " between its names holds one.
pub(super) fn listed(names: &str, name: &str) -> bool {
    !name.is_empty() && names.split(", ").any(|known| known == name)
}

/// What a name means by a table of such lists.
pub(super) fn lookup<T: Copy>(table: &[(T, &str)], name: &str) -> Option<T> {
    table.iter().find(|(_, names)| listed(names, name)).map(|(meaning, _)| *meaning)
}

/// The words of a text, folded and without punctuation: "L'Été, 3-juin" is "l", "ete", "3", "juin". Hyphens part
/// words but not numbers.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let parts = folded.split(|c: char| c.is_whitespace() || c == '\'').map(bare);
    let mut words = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        if part.chars().any(char::is_alphabetic) {
            words.extend(part.split('-').filter(|word| !word.is_empty()).map(str::to_owned));
        } else {
            words.push(part.to_owned());
        }
    }
    words
}

/// A word without the punctuation around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c| matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '(' | ')' | '，' | '。' | '、'))
}

/// Lower case without accents, "ß" as "ss".
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'á' | 'â' | 'ä' => folded.push('a'),
            'ç' => folded.push('c'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'í' | 'î' | 'ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ó' | 'ô' | 'ö' => folded.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => folded.push('u'),
            'ß' => folded.push_str("ss"),
            '’' => folded.push('\''),
            // Accents that stand behind their letters.
            '\u{300}'..='\u{36f}' => {}
            _ => folded.push(c),
        }
    }
    folded
}

/// Whether it begins or ends a phrase.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ff02}') || is_angle(c)
}

fn is_angle(c: char) -> bool {
    matches!(c, '«' | '»')
}

/// What stands in the quotes that a text begins with, and how many bytes it takes with them. A quote that nothing
/// closes reaches to the end.
pub(super) fn quoted(text: &str) -> Option<(&str, usize)> {
    let first = text.chars().next().filter(|c| is_quote(*c))?;
    let body = text.strip_prefix(first)?;
    let closes = |c: char| is_quote(c) && is_angle(c) == is_angle(first);
    let Some((inner, close)) =
        body.split_once(closes).map(|(inner, after)| (inner, body.len() - after.len()))
    else {
        return Some((body, text.len()));
    };
    Some((inner, first.len_utf8() + close))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        let cases: [(&str, &[&str]); 5] = [
            ("L’Été, 3-juin", &["l", "ete", "3", "juin"]),
            ("GRÖẞE Straße an\u{303}o", &["grosse", "strasse", "ano"]),
            ("2019-06-03 - 3.", &["2019-06-03", "-", "3"]),
            ("(E-Mails)", &["e", "mails"]),
            (" ,.' ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes() {
        let cases = [
            ("\"a b\" c", Some(("a b", 5))),
            ("„a“b", Some(("a", 7))),
            ("«a \"b\"»c", Some(("a \"b\"", 9))),
            ("\"open", Some(("open", 5))),
            ("\"", Some(("", 1))),
            ("bare", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }
}
