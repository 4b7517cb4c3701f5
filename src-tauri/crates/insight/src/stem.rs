//! Porter's stemmer (Program 14, 1980), on bytes, as SQLite's `porter` tokenizer applies it: what the keyword
//! search takes for the same word must be highlighted as the same word.

/// The stem of a word that is already in lower case. Words of fewer than three or more than 64 bytes stay.
pub(crate) fn stem(word: &str) -> String {
    let mut w = word.as_bytes().to_vec();
    if (3..=64).contains(&w.len()) {
        step_1a(&mut w);
        step_1b(&mut w);
        step_1c(&mut w);
        replace_longest(&mut w, STEP_2, |m| m > 0);
        replace_longest(&mut w, STEP_3, |m| m > 0);
        step_4(&mut w);
        step_5(&mut w);
    }
    // Only ASCII endings were touched.
    String::from_utf8(w).unwrap_or_else(|_| word.to_owned())
}

const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("logi", "log"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];

const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
];

fn is_vowel(w: &[u8], i: usize) -> bool {
    match w[i] {
        b'a' | b'e' | b'i' | b'o' | b'u' => true,
        b'y' => i > 0 && !is_vowel(w, i - 1),
        _ => false,
    }
}

/// How often a vowel is followed by a consonant: `[C](VC)^m[V]`.
fn measure(w: &[u8]) -> usize {
    (1..w.len()).filter(|&i| is_vowel(w, i - 1) && !is_vowel(w, i)).count()
}

fn has_vowel(w: &[u8]) -> bool {
    (0..w.len()).any(|i| is_vowel(w, i))
}

fn ends_in_double_consonant(w: &[u8]) -> bool {
    let n = w.len();
    n >= 2 && w[n - 1] == w[n - 2] && !is_vowel(w, n - 1)
}

/// Consonant, vowel, consonant, the last not w, x or y: "hop", not "snow".
fn ends_in_cvc(w: &[u8]) -> bool {
    let n = w.len();
    n >= 3
        && !is_vowel(w, n - 3)
        && is_vowel(w, n - 2)
        && !is_vowel(w, n - 1)
        && !matches!(w[n - 1], b'w' | b'x' | b'y')
}

fn stem_before<'a>(w: &'a [u8], suffix: &str) -> Option<&'a [u8]> {
    w.strip_suffix(suffix.as_bytes()).filter(|stem| !stem.is_empty())
}

/// Replaces the longest ending of the list that the word has, if the measure of what is left allows it.
fn replace_longest(w: &mut Vec<u8>, endings: &[(&str, &str)], allows: fn(usize) -> bool) {
    let longest =
        endings.iter().filter(|(ending, _)| stem_before(w, ending).is_some()).max_by_key(|e| e.0.len());
    if let Some((ending, replacement)) = longest {
        let rest = w.len() - ending.len();
        if allows(measure(&w[..rest])) {
            w.truncate(rest);
            w.extend(replacement.as_bytes());
        }
    }
}

fn step_1a(w: &mut Vec<u8>) {
    let cut = if w.ends_with(b"sses") || w.ends_with(b"ies") {
        2
    } else {
        usize::from(w.ends_with(b"s") && !w.ends_with(b"ss"))
    };
    w.truncate(w.len() - cut);
}

fn step_1b(w: &mut Vec<u8>) {
    if let Some(rest) = stem_before(w, "eed") {
        if measure(rest) > 0 {
            w.pop();
        }
        return;
    }
    let rest = ["ed", "ing"].into_iter().find_map(|ending| stem_before(w, ending));
    let Some(rest) = rest.filter(|rest| has_vowel(rest)).map(<[u8]>::len) else { return };
    w.truncate(rest);
    if w.ends_with(b"at") || w.ends_with(b"bl") || w.ends_with(b"iz") {
        w.push(b'e');
    } else if ends_in_double_consonant(w) && !matches!(w.last(), Some(b'l' | b's' | b'z')) {
        w.pop();
    } else if measure(w) == 1 && ends_in_cvc(w) {
        w.push(b'e');
    }
}

fn step_1c(w: &mut [u8]) {
    if let Some((last, rest)) = w.split_last_mut()
        && *last == b'y'
        && has_vowel(rest)
    {
        *last = b'i';
    }
}

fn step_4(w: &mut Vec<u8>) {
    let longest = STEP_4.iter().filter_map(|ending| stem_before(w, ending)).min_by_key(|rest| rest.len());
    let Some(rest) = longest else { return };
    let allowed = !w[rest.len()..].eq(b"ion") || matches!(rest.last(), Some(b's' | b't'));
    if allowed && measure(rest) > 1 {
        let rest = rest.len();
        w.truncate(rest);
    }
}

fn step_5(w: &mut Vec<u8>) {
    if let Some(rest) = stem_before(w, "e") {
        let m = measure(rest);
        if m > 1 || (m == 1 && !ends_in_cvc(rest)) {
            w.pop();
        }
    }
    if w.ends_with(b"ll") && measure(&w[..w.len() - 1]) > 1 {
        w.pop();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn examples_of_the_paper() {
        let pairs = [
            ("caresses", "caress"),
            ("ponies", "poni"),
            ("cats", "cat"),
            ("feed", "feed"),
            ("agreed", "agre"),
            ("plastered", "plaster"),
            ("sing", "sing"),
            ("conflated", "conflat"),
            ("hopping", "hop"),
            ("falling", "fall"),
            ("filing", "file"),
            ("happy", "happi"),
            ("relational", "relat"),
            ("conditional", "condit"),
            ("digitizer", "digit"),
            ("vietnamization", "vietnam"),
            ("triplicate", "triplic"),
            ("hopefulness", "hope"),
            ("adjustment", "adjust"),
            ("adoption", "adopt"),
            ("probate", "probat"),
            ("controlling", "control"),
            ("swimming", "swim"),
            ("über", "über"),
            ("go", "go"),
        ];
        for (word, expected) in pairs {
            assert_eq!(stem(word), expected, "{word}");
        }
    }

    /// Words as SQLite's own tokenizer stems them.
    #[test]
    fn sqlite_agrees() {
        let roots = [
            "activ", "adjust", "agree", "analog", "apolog", "bibl", "caress", "cease", "condit", "control",
            "deci", "depend", "digit", "elect", "fall", "feed", "file", "form", "goodn", "gyroscop", "happ",
            "homolog", "hop", "hope", "invoic", "irrit", "oper", "plaster", "pon", "predic", "radic", "rat",
            "rel", "roll", "sens", "sing", "siz", "sky", "snow", "tann", "tr", "triplic", "troubl", "valen",
            "yield", "z", "öl",
        ];
        let endings = [
            "", "s", "es", "ies", "y", "ying", "e", "ed", "eed", "ing", "ings", "er", "ers", "ion", "ions",
            "ation", "ational", "ization", "izer", "ator", "alism", "iveness", "fulness", "ousness", "aliti",
            "ality", "iviti", "biliti", "bility", "logy", "ably", "ally", "ently", "ely", "ously", "icate",
            "ative", "alize", "icity", "ical", "ful", "ness", "al", "ance", "ence", "ancy", "ency", "ic",
            "able", "ible", "ant", "ement", "ment", "ent", "ou", "ism", "ate", "iti", "ous", "ive", "ize",
            "ll", "lled", "ss", "sses", "yy",
        ];
        let words: Vec<String> = roots.iter().flat_map(|r| endings.map(|e| format!("{r}{e}"))).collect();
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database
            .execute_batch(
                "CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter unicode61 remove_diacritics 0');
                 CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance');",
            )
            .unwrap();
        let mut insert = database.prepare("INSERT INTO t(rowid, x) VALUES (?, ?)").unwrap();
        for (i, word) in words.iter().enumerate() {
            insert.execute(rusqlite::params![i as i64, word]).unwrap();
        }
        let mut select = database.prepare("SELECT doc, term FROM v").unwrap();
        let stems: Vec<(i64, String)> =
            select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        assert_eq!(stems.len(), words.len());
        for (i, expected) in stems {
            assert_eq!(stem(&words[i as usize]), expected, "{}", words[i as usize]);
        }
    }
}
