//! Names for clusters of texts.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::words::{fold, is_cjk, is_stop_word, pairs, stem, words};

/// Terms of a label.
const TERMS: usize = 3;
/// Characters of a term.
const TERM_CHARS: std::ops::RangeInclusive<usize> = 3..=24;
/// What stands in texts because of how they are stored rather than what they say.
const JUNK: [&str; 24] = [
    "amp",
    "com",
    "copyright",
    "docx",
    "figure",
    "gmail",
    "html",
    "http",
    "https",
    "jpeg",
    "jpg",
    "mailto",
    "nbsp",
    "null",
    "org",
    "page",
    "pdf",
    "png",
    "quot",
    "rights",
    "src",
    "todo",
    "url",
    "www",
];

/// One word of a cluster: its weight and the forms it occurs in.
#[derive(Default)]
struct Term {
    /// Sum over the texts of the square root of how often it occurs: one long text does not drown the others.
    weight: f64,
    forms: BTreeMap<String, usize>,
}

/// A label for each cluster: up to three terms that stand out in its texts against those of the other clusters,
/// such as "Invoices, roof, tax". Empty where nothing stands out.
///
/// Terms are ranked by c-TF-IDF (Grootendorst, arXiv 2203.05794): `tf / |c| * ln(1 + A / f)`, where `tf` is the
/// term's weight in the cluster, `|c|` the weight of the cluster, `f` the term's weight in all clusters and `A`
/// the mean weight of a cluster. Forms of one word count as one term, shown in its most frequent form.
pub fn labels(texts_per_cluster: &[Vec<&str>]) -> Vec<String> {
    let mut clusters: Vec<HashMap<String, Term>> =
        texts_per_cluster.iter().map(|texts| terms(texts)).collect();
    join_endings(&mut clusters);
    let mut everywhere: HashMap<&str, f64> = HashMap::new();
    for (stem, term) in clusters.iter().flatten() {
        *everywhere.entry(stem).or_default() += term.weight;
    }
    let sizes: Vec<f64> = clusters.iter().map(size).collect();
    let mean = sizes.iter().sum::<f64>() / sizes.len().max(1) as f64;
    clusters
        .iter()
        .zip(&sizes)
        .zip(texts_per_cluster)
        .map(|((terms, size), texts)| {
            let score = |(stem, term): (&str, &Term)| {
                term.weight / size * (1.0 + mean / everywhere.get(stem).unwrap_or(&1.0)).ln()
            };
            label(terms, score, texts.len())
        })
        .collect()
}

/// The sum of all weights, in an order that does not depend on the hash map's.
fn size(terms: &HashMap<String, Term>) -> f64 {
    let mut weights: Vec<f64> = terms.values().map(|term| term.weight).collect();
    weights.sort_unstable_by(f64::total_cmp);
    weights.iter().sum()
}

fn terms(texts: &[&str]) -> HashMap<String, Term> {
    let mut terms: HashMap<String, Term> = HashMap::new();
    for text in texts {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in words(text).flat_map(|range| candidates(&text[range])) {
            let stem = stem(&word);
            terms.entry(stem.clone()).or_default().forms.entry(word).and_modify(|n| *n += 1).or_insert(1);
            *counts.entry(stem).or_default() += 1;
        }
        for (stem, count) in counts {
            terms.entry(stem).or_default().weight += (count as f64).sqrt();
        }
    }
    terms
}

/// Counts a word with an ending as the word without it where both occur: "Rechnungen" as "Rechnung". The stems
/// are those of English only.
fn join_endings(clusters: &mut [HashMap<String, Term>]) {
    const ENDINGS: [&str; 8] = ["en", "er", "es", "e", "n", "s", "x", "i"];
    let stems: HashSet<String> = clusters.iter().flat_map(|terms| terms.keys().cloned()).collect();
    let base = |stem: &str| {
        let bases = ENDINGS.iter().filter_map(|ending| stem.strip_suffix(ending));
        bases.filter(|base| base.chars().count() >= 4).find(|base| stems.contains(*base)).map(str::to_owned)
    };
    for terms in clusters {
        let mut joined: Vec<(String, String)> =
            terms.keys().filter_map(|stem| Some((stem.clone(), base(stem)?))).collect();
        // Longest first, so that what is joined to a longer form moves on with it.
        joined.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
        for (stem, base) in joined {
            let Some(term) = terms.remove(&stem) else { continue };
            let whole = terms.entry(base).or_default();
            whole.weight += term.weight;
            for (form, count) in term.forms {
                *whole.forms.entry(form).or_default() += count;
            }
        }
    }
}

/// The word if it may stand in a label; pairs of characters of a stretch without spaces.
fn candidates(word: &str) -> Vec<String> {
    if word.chars().next().is_some_and(is_cjk) {
        let readable = |pair: &String| pair.chars().count() == 2 && !pair.chars().all(is_kana);
        return pairs(word).into_iter().filter(readable).collect();
    }
    let plain = word.chars().all(char::is_alphabetic);
    let fits = TERM_CHARS.contains(&word.chars().count());
    let says_something = !is_stop_word(word) && !JUNK.contains(&fold(word).as_str()) && !is_noise(word);
    if plain && fits && says_something { vec![word.to_owned()] } else { Vec::new() }
}

/// Hiragana, mostly endings and particles.
fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

/// What encoded data looks like: no vowel at all ("xzqt"), one letter over and over, seven consonants in a row, or
/// a capital at the end of small letters ("AjaC").
fn is_noise(word: &str) -> bool {
    let mut backwards = word.chars().rev();
    let ends_in_capital = backwards.next().is_some_and(char::is_uppercase);
    if ends_in_capital && backwards.next().is_some_and(char::is_lowercase) {
        return true;
    }
    let folded = fold(word);
    if !folded.is_ascii() {
        return false;
    }
    let is_vowel = |b: &u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let consonants = folded.as_bytes().split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
    let distinct: HashSet<u8> = folded.bytes().collect();
    !folded.bytes().any(|b| is_vowel(&b)) && !is_acronym(word) || consonants > 6 || distinct.len() < 2
}

fn is_acronym(word: &str) -> bool {
    (2..=5).contains(&word.chars().count()) && word.chars().all(char::is_uppercase)
}

fn label<'a>(
    terms: &'a HashMap<String, Term>,
    score: impl Fn((&'a str, &'a Term)) -> f64,
    texts: usize,
) -> String {
    // A term of one text among several is that text's subject, not the cluster's.
    let common = |term: &Term| texts < 3 || term.weight >= 2.0;
    let mut ranked: Vec<(f64, &str, &Term)> =
        terms.iter().map(|(stem, term)| (score((stem, term)), stem.as_str(), term)).collect();
    ranked.sort_by(|a, b| common(b.2).cmp(&common(a.2)).then(b.0.total_cmp(&a.0)).then(a.1.cmp(b.1)));
    let mut chosen: Vec<(&str, String)> = Vec::new();
    for (_, stem, term) in ranked {
        // "Tax" beside "taxation" or "Steuer" beside "Steuern" says nothing more.
        if chosen.iter().any(|(other, _)| akin(stem, other)) {
            continue;
        }
        chosen.push((stem, shown(term)));
        if chosen.len() == TERMS {
            break;
        }
    }
    let label = chosen.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(", ");
    let mut chars = label.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Whether one stem begins with the other, or two pairs of characters overlap.
fn akin(a: &str, b: &str) -> bool {
    let overlap = |a: &str, b: &str| a.chars().any(is_cjk) && a.chars().last() == b.chars().next();
    a.starts_with(b) || b.starts_with(a) || overlap(a, b) || overlap(b, a)
}

/// The most frequent form. In lower case unless it is hardly ever written so: a name or an acronym.
fn shown(term: &Term) -> String {
    let mut forms: BTreeMap<String, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
    for (form, count) in &term.forms {
        let entry = forms.entry(form.to_lowercase()).or_default();
        entry.0 += count;
        *entry.1.entry(form).or_default() += count;
    }
    let Some((lower, (total, written))) =
        forms.into_iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(&a.0)))
    else {
        return String::new();
    };
    let usual = written.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    match usual {
        Some((form, count)) if form != lower && count * 5 >= total * 4 && total > 1 => {
            let shouted = form.chars().all(char::is_uppercase) && !is_acronym(form);
            if shouted { lower } else { form.to_owned() }
        }
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_what_stands_out() {
        let clusters = [
            vec![
                "Please find attached the invoice for the roof. The invoices are due in 30 days.",
                "Invoices: tax number 4711, roof tiles and tax.",
                "The tax on these invoices has been paid for the roof.",
            ],
            vec![
                "Bake the bread with flour and yeast. Please knead the dough.",
                "The dough rests; bread needs flour. Flour, flour!",
                "Sourdough bread and rye bread, with less flour in the dough.",
            ],
        ];
        assert_eq!(labels(&clusters), ["Invoices, roof, tax", "Flour, bread, dough"]);
    }

    #[test]
    fn other_languages() {
        let clusters = [
            vec![
                "Die Rechnung für das Dach wurde bezahlt.",
                "Rechnungen und Dach, die Rechnung liegt bei.",
                "Die Rechnung und das Dach",
            ],
            vec![
                "La recette de la soupe aux légumes",
                "Une soupe avec des légumes",
                "des légumes et encore de la soupe",
            ],
            vec!["屋顶维修", "屋顶漏水", "屋顶"],
        ];
        let leading = |label: &String| label.split(", ").take(2).collect::<Vec<_>>().join(", ");
        let found: Vec<String> = labels(&clusters).iter().map(leading).collect();
        assert_eq!(found, ["Rechnung, Dach", "Légumes, soupe", "屋顶, 漏水"]);
    }

    #[test]
    fn names_and_acronyms_keep_their_capitals() {
        let clusters = [
            vec!["A trip to Paris with NASA", "We saw Paris and NASA", "Paris again, NASA again"],
            vec!["tulips"],
        ];
        assert_eq!(labels(&clusters)[0].split(", ").take(2).collect::<Vec<_>>(), ["NASA", "Paris"]);
    }

    #[test]
    fn junk_numbers_and_stop_words_stay_out() {
        let clusters = [
            vec!["https://www.example.com 2024 the and 0x3f xzqtw aaaaaaa AjaC und pour", "12 %"],
            vec![],
            vec![""],
        ];
        assert_eq!(labels(&clusters), ["Example", "", ""]);
        assert_eq!(labels(&[]), Vec::<String>::new());
    }

    #[test]
    fn forms_of_one_word_are_one_term() {
        let clusters = [
            vec!["contract contracts contractual", "contracts", "Contracts contracting"],
            vec!["rose roses"],
        ];
        assert_eq!(labels(&clusters), ["Contracts", "Rose"]);
    }
}
