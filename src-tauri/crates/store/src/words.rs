//! Words that SQLite's tokenizer does not find by itself: in scripts written without spaces, and inside file names.

use unicode_normalization::UnicodeNormalization;

/// A stretch of letters and digits, all in a script without spaces or all not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Run {
    Cjk(Vec<char>),
    Other(String),
}

/// Han, Hiragana, Katakana and Hangul syllables.
pub(crate) fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}'
    )
}

/// Whether the text holds such characters, also in their decomposed and half-width forms.
pub(crate) fn has_cjk(text: &str) -> bool {
    text.chars().any(|c| is_cjk(c) || matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ff66}'..='\u{ff9f}'))
}

/// The runs of every stretch of letters and digits that holds CJK characters; stretches without are left out unless
/// `all` is set. Compatibility forms are unified, so that ｶﾅ is カナ.
pub(crate) fn runs(text: &str, all: bool) -> Vec<Run> {
    let text: String = text.nfkc().collect();
    let stretches = text.split(|c: char| !c.is_alphanumeric()).filter(|stretch| !stretch.is_empty());
    stretches.filter(|stretch| all || stretch.chars().any(is_cjk)).flat_map(split).collect()
}

fn split(stretch: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for c in stretch.chars() {
        match (is_cjk(c), runs.last_mut()) {
            (true, Some(Run::Cjk(run))) => run.push(c),
            (true, _) => runs.push(Run::Cjk(vec![c])),
            (false, Some(Run::Other(run))) => run.push(c),
            (false, _) => runs.push(Run::Other(c.to_string())),
        }
    }
    runs
}

/// What the text is found by in the bigram column: 屋顶维修 gives "屋顶 顶维 维修 修". The last character stands
/// alone as well, so that every single character begins some token. Other words that touch CJK characters are kept
/// whole, since the tokenizer takes 使用Python编程 for one word.
pub(crate) fn bigrams(text: &str) -> String {
    if !has_cjk(text) {
        return String::new();
    }
    let mut tokens: Vec<String> = Vec::new();
    for run in runs(text, false) {
        match run {
            Run::Cjk(run) => {
                tokens.extend(run.windows(2).map(|pair| pair.iter().collect()));
                tokens.extend(run.last().map(char::to_string));
            }
            Run::Other(word) => tokens.push(word),
        }
    }
    tokens.join(" ")
}

/// The words inside the words of a file name: "RoofBill2024.pdf" gives "Roof Bill 2024"; with its bigrams.
pub(crate) fn inside_name(name: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for stretch in name.split(|c: char| !c.is_alphanumeric()) {
        let parts = parts(stretch);
        if parts.len() > 1 {
            words.extend(parts);
        }
    }
    let bigrams = bigrams(name);
    if !bigrams.is_empty() {
        words.push(&bigrams);
    }
    words.join(" ")
}

/// Words of names that cameras, scanners and programs give, which say nothing of what a file is.
const GIVEN_BY_MACHINES: &[&str] = &[
    "copy", "doc", "document", "dsc", "dscf", "dscn", "file", "image", "img", "jpeg", "jpg", "mvi", "new",
    "pdf", "photo", "pict", "picture", "pxl", "scan", "tmp", "untitled", "wa", "whatsapp",
];

/// What a file's name, the folders that lead to it, and place and month of what it holds say: "Roof Bill - Papers/house - Lisbon,
/// Portugal - June 2019". A name without a word of a person's is left out.
pub(crate) fn description(name: &str, folder: &str, place: Option<&str>, date_ms: Option<i64>) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words: Vec<&str> = stem.split(|c: char| !c.is_alphanumeric()).flat_map(parts).collect();
    let tells = |word: &&str| {
        word.chars().all(char::is_alphabetic)
            && (word.chars().count() > 1 || word.chars().any(is_cjk))
            && GIVEN_BY_MACHINES.binary_search(&&*word.to_lowercase()).is_err()
    };
    let name = words.iter().any(tells).then(|| words.join(" "));
    let folder = folder.replace(" / ", "/");
    let when = date_ms.and_then(month_and_year);
    let known = [name, Some(folder), place.map(str::to_owned), when];
    known.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" - ")
}

/// "June 2019" of a moment in milliseconds since 1970, UTC.
pub(crate) fn month_and_year(ms: i64) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let moment = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok()?;
    let month = MONTHS.get(usize::from(u8::from(moment.month())) - 1)?;
    Some(format!("{month} {}", moment.year()))
}

/// Cuts where a capital follows a small letter, before the last of several capitals ("PDFFile"), and between
/// letters and digits.
fn parts(stretch: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = stretch.char_indices().collect();
    let mut parts = Vec::new();
    let mut start = 0;
    for (i, window) in chars.windows(2).enumerate() {
        let (before, (at, after)) = (window[0].1, window[1]);
        let next_is_small = chars.get(i + 2).is_some_and(|(_, next)| next.is_lowercase());
        let cut = (before.is_lowercase() && after.is_uppercase())
            || (before.is_uppercase() && after.is_uppercase() && next_is_small)
            || (before.is_alphabetic() && after.is_numeric())
            || (before.is_numeric() && after.is_alphabetic());
        if cut {
            parts.push(&stretch[start..at]);
            start = at;
        }
    }
    if start < stretch.len() {
        parts.push(&stretch[start..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_month_and_a_year() {
        assert_eq!(month_and_year(1_137_600_900_000).as_deref(), Some("January 2006"));
        assert_eq!(month_and_year(-1).as_deref(), Some("December 1969"));
        assert_eq!(month_and_year(i64::MAX), None);
    }

    #[test]
    fn descriptions_tell_what_names_folders_and_facts_do() {
        assert!(GIVEN_BY_MACHINES.is_sorted(), "the list is searched by halves");
        let june = Some(1_560_000_000_000);
        let lisbon = Some("Lisbon, Portugal");
        let cases = [
            (
                ("IMG_2041.JPG", "Photos / Holidays / Lisbon", None, june),
                "Photos/Holidays/Lisbon - June 2019",
            ),
            (("RoofBill2024.pdf", "Papers", None, None), "Roof Bill 2024 - Papers"),
            (("scan0012.pdf", "Insurance / Car", None, None), "Insurance/Car"),
            (("PXL_20210101_1.jpg", "DCIM", lisbon, june), "DCIM - Lisbon, Portugal - June 2019"),
            (("屋顶.txt", "纸", None, None), "屋顶 - 纸"),
            (("x.y", "", None, None), ""),
        ];
        for ((name, folder, place, date_ms), expected) in cases {
            assert_eq!(description(name, folder, place, date_ms), expected, "{name}");
        }
    }

    #[test]
    fn bigrams_of_runs() {
        let cases = [
            ("no such text", ""),
            ("屋顶维修", "屋顶 顶维 维修 修"),
            ("猫。犬", "猫 犬"),
            ("使用Python编程", "使用 用 Python 编程 程"),
            ("roof 屋顶", "屋顶 顶"),
            ("ｶﾞﾗｽ", "ガラ ラス ス"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글 글"),
        ];
        for (text, expected) in cases {
            assert_eq!(bigrams(text), expected, "{text}");
        }
    }

    #[test]
    fn words_inside_names() {
        let cases = [
            ("RoofBill2024.pdf", "Roof Bill 2024"),
            ("PDFFile.txt", "PDF File"),
            ("plain name.txt", ""),
            ("IMG_20240312.jpg", ""),
            ("über2Straßen", "über 2 Straßen"),
            ("屋顶2024", "屋顶 2024 屋顶 顶 2024"),
        ];
        for (name, expected) in cases {
            assert_eq!(inside_name(name), expected, "{name}");
        }
    }
}
