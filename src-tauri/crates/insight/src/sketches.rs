//! Texts that are nearly the same: sketches of their word sequences, and groups of like sketches.

use std::collections::HashMap;

use crate::random::Random;
use crate::words::{fold, is_cjk, words};

/// Values of a sketch.
const VALUES: usize = 256;

/// Words that follow each other in one shingle.
const SHINGLE: usize = 5;

/// Different shingles that a text must have: of fewer, one edit changes too large a part.
const FEWEST: usize = 20;

/// The largest chance with which [`near_pairs`] may miss a pair that is just similar enough.
const MISSED: f64 = 0.001;

/// Sketches of one bucket that later ones are compared with. Of letters from one template every two are
/// alike: without a limit the cost would be quadratic.
const CROWD: usize = 64;

/// What is left of a text to tell how much of it another text shares, in 512 bytes. The same on every
/// machine.
///
/// MinHash (Broder, SEQUENCES 1997) of the set of shingles, the runs of five words. Words are those of the
/// keyword search ([`crate::words`]): letters and digits, in lower case, without accents and ligatures; in a
/// script without spaces every character is a word. One permutation with optimal densification (Shrivastava,
/// ICML 2017): each shingle is hashed once, into one of 256 bins; a bin keeps its least hash, of that the low
/// 16 bits (Li, König, WWW 2010); an empty bin takes the value of another one, chosen by a fixed random
/// sequence.
///
/// Stored sketches can be compared only as long as words and hashes stay as they are: if the golden test
/// fails, they must be made again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sketch([u16; VALUES]);

impl Sketch {
    /// The length of [`Sketch::to_bytes`].
    pub const BYTES: usize = VALUES * 2;

    /// The sketch of a text. `None` where the text has fewer than 20 different shingles: too few to tell.
    pub fn of(text: &str) -> Option<Self> {
        Self::of_parts(std::iter::once(text))
    }

    /// The sketch of a text that comes in parts, one after the other. A shingle may span several parts; a
    /// word may not: it ends where its part ends.
    pub fn of_parts<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut shingles = Shingles::new();
        parts.for_each(|part| shingles.add(part));
        (shingles.few.len() >= FEWEST).then(|| Sketch(densified(&shingles.least)))
    }

    /// The estimated Jaccard similarity of the two sets of shingles, 0 to 1: shared shingles by all shingles.
    /// Its standard error is about `sqrt(s (1 - s) / 256)`: 0.03 at 0.5, 0.014 at 0.95.
    pub fn similarity(&self, other: &Self) -> f32 {
        let same: u16 = self.0.iter().zip(&other.0).map(|(a, b)| u16::from(a == b)).sum();
        f32::from(same) / VALUES as f32
    }

    /// The values, little endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The sketch of which these are the bytes. `None` where their number is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, _) = bytes.as_chunks::<2>();
        let mut values = [0; VALUES];
        values.iter_mut().zip(pairs).for_each(|(value, pair)| *value = u16::from_le_bytes(*pair));
        (bytes.len() == Self::BYTES).then_some(Sketch(values))
    }
}

/// A bin without a shingle.
const EMPTY: u64 = u64::MAX;

/// The shingles of a text, as they come.
struct Shingles {
    /// Hashes of the last words.
    last: [u64; SHINGLE],
    words: usize,
    /// The least hash of each bin.
    least: [u64; VALUES],
    /// The first different hashes, up to [`FEWEST`].
    few: Vec<u64>,
}

impl Shingles {
    fn new() -> Self {
        Shingles { last: [0; SHINGLE], words: 0, least: [EMPTY; VALUES], few: Vec::with_capacity(FEWEST) }
    }

    fn add(&mut self, text: &str) {
        for range in words(text) {
            let word = fold(&text[range]);
            if !word.is_ascii() && word.chars().any(without_spaces) {
                word.chars().for_each(|c| self.word(c.encode_utf8(&mut [0; 4])));
            } else {
                self.word(&word);
            }
        }
    }

    fn word(&mut self, word: &str) {
        self.last.rotate_left(1);
        self.last[SHINGLE - 1] = hash(word);
        self.words += 1;
        if self.words >= SHINGLE {
            self.shingle(mixed(self.last.iter().fold(0, |all, word| all.rotate_left(13) ^ word)));
        }
    }

    fn shingle(&mut self, hash: u64) {
        // The lowest bits choose the bin, the highest decide which hash is the least, those between become
        // the value.
        let bin = (hash % VALUES as u64) as usize;
        self.least[bin] = self.least[bin].min(hash);
        if self.few.len() < FEWEST && !self.few.contains(&hash) {
            self.few.push(hash);
        }
    }
}

/// Scripts without spaces between words: Thai, Lao, Myanmar and Khmer next to those of [`is_cjk`].
fn without_spaces(c: char) -> bool {
    is_cjk(c) || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo), mixed.
fn hash(word: &str) -> u64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mixed(word.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
}

/// A number in which every bit depends on every bit of this one, and that no other number gives.
fn mixed(number: u64) -> u64 {
    Random::new(number).next()
}

/// The values of all bins; at least one must have a hash.
fn densified(least: &[u64; VALUES]) -> [u16; VALUES] {
    std::array::from_fn(|bin| {
        let mut random = Random::new(bin as u64);
        let mut from = bin;
        while least[from] == EMPTY {
            from = random.below(VALUES);
        }
        (least[from] / VALUES as u64) as u16
    })
}

/// How alike two texts are. The lines lie where they part best 185 pairs of real revisions of 92 web pages
/// (115 to 4,343 words) whose exact similarity is in the ranges given: 170 fall in their own band, the others
/// next to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// From 0.96 (exactly: 0.95 and more). The same but for a word or a line. Not a promise that they are
    /// equal: where one figure differs in a long text, all values may agree.
    Same,
    /// From 0.82 (exactly: 0.8 to 0.95). A few sentences differ.
    NearlySame,
    /// From 0.64 (exactly: 0.6 to 0.8). Another version, with passages added or taken out.
    Revision,
    /// From 0.45 (exactly: 0.4 to 0.6). Much in common: an old version, or two texts from one template. The
    /// most that two different ones of the 92 pages reach is 0.42.
    Related,
}

impl Band {
    /// The band of a similarity from 0 to 1. `None` below [`Band::Related`].
    pub fn of(similarity: f32) -> Option<Self> {
        let lines =
            [(0.96, Band::Same), (0.82, Band::NearlySame), (0.64, Band::Revision), (0.45, Band::Related)];
        lines.iter().find(|(line, _)| similarity >= *line).map(|(_, band)| *band)
    }
}

/// Two sketches that are similar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Index of the earlier one.
    pub a: usize,
    /// Index of the later one.
    pub b: usize,
    /// As [`Sketch::similarity`] estimates it.
    pub similarity: f32,
}

/// The pairs of sketches that are at least so similar (0.3 to 1), by `a`, then `b`.
///
/// Locality-sensitive hashing in bands (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4): only
/// sketches that agree in all `r` values of one of the `b = 256 / r` bands are compared. A pair of similarity
/// `s` is found with a chance of `1 - (1 - s^r)^b`; `r` is the largest with which that is 0.999 or more at
/// `s = at_least`: 3 values in 85 bands at 0.5, 7 in 36 at 0.8, 18 in 14 at 0.95. No pair below the line is
/// returned.
///
/// The cost is linear in the number of sketches but for sorting, and in a crowd too: a sketch that equals
/// earlier ones is paired with the first of them only, and of more than 64 different ones that share a bucket
/// the later ones are compared with the first 64 there.
pub fn near_pairs(sketches: &[Sketch], at_least: f32) -> Vec<Near> {
    let mut buckets = Buckets::new(sketches, at_least);
    let mut pairs = Vec::new();
    for (b, first) in firsts(sketches).into_iter().enumerate() {
        if first < b {
            pairs.push(Near { a: first, b, similarity: 1.0 });
            continue;
        }
        pairs.extend(buckets.near(b).into_iter().map(|(a, similarity)| Near { a, b, similarity }));
        buckets.keep(b);
    }
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    pairs
}

/// Groups of two or more sketches, each at least so similar (0.3 to 1) to the earliest of its group, the
/// leader, which comes first. No sketch is in two groups. Groups by leader, members in order.
///
/// One after the other, a sketch joins the most similar leader so far or becomes one: a page that drifted in
/// many small steps is not grouped with its beginnings. Equal sketches stay together. Leaders are found as in
/// [`near_pairs`].
pub fn groups(sketches: &[Sketch], at_least: f32) -> Vec<Vec<usize>> {
    let mut buckets = Buckets::new(sketches, at_least);
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); sketches.len()];
    let mut leaders: Vec<usize> = Vec::with_capacity(sketches.len());
    for (item, first) in firsts(sketches).into_iter().enumerate() {
        let nearest = buckets.near(item).into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let leader = match nearest {
            _ if first < item => leaders[first],
            Some((leader, _)) => leader,
            None => item,
        };
        if leader == item {
            buckets.keep(item);
        }
        leaders.push(leader);
        groups[leader].push(item);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Of each sketch the index of the first that is equal.
fn firsts(sketches: &[Sketch]) -> Vec<usize> {
    let mut first = HashMap::new();
    sketches.iter().enumerate().map(|(index, sketch)| *first.entry(sketch).or_insert(index)).collect()
}

/// Which sketches agree in a band.
struct Buckets<'a> {
    sketches: &'a [Sketch],
    at_least: f32,
    bands: usize,
    /// Of each sketch, and in it of each band, the bucket; [`ALONE`] where no other sketch agrees.
    of: Vec<u32>,
    /// Of each bucket the sketches kept so far.
    kept: Vec<Vec<usize>>,
    /// Of each sketch the last one that it was compared with.
    compared: Vec<usize>,
}

const ALONE: u32 = u32::MAX;

impl<'a> Buckets<'a> {
    fn new(sketches: &'a [Sketch], at_least: f32) -> Self {
        let rows = rows(at_least);
        let bands = VALUES / rows;
        let mut of = vec![ALONE; sketches.len() * bands];
        let mut count = 0;
        for band in 0..bands {
            let key = |sketch: &Sketch| {
                sketch.0[band * rows..][..rows].iter().fold(0, |key, value| mixed(key ^ u64::from(*value)))
            };
            let mut keys: Vec<(u64, usize)> = sketches.iter().map(key).zip(0..).collect();
            keys.sort_unstable();
            for bucket in keys.chunk_by(|a, b| a.0 == b.0).filter(|bucket| bucket.len() > 1) {
                bucket.iter().for_each(|(_, index)| of[index * bands + band] = count);
                count += 1;
            }
        }
        let kept = vec![Vec::new(); count as usize];
        Buckets { sketches, at_least, bands, of, kept, compared: vec![usize::MAX; sketches.len()] }
    }

    /// The kept ones that are similar enough to this one, each once, with the similarity.
    fn near(&mut self, item: usize) -> Vec<(usize, f32)> {
        let mut near = Vec::new();
        for bucket in buckets_of(&self.of, self.bands, item) {
            for &other in &self.kept[bucket] {
                if std::mem::replace(&mut self.compared[other], item) != item {
                    near.push((other, self.sketches[item].similarity(&self.sketches[other])));
                }
            }
        }
        near.retain(|(_, similarity)| *similarity >= self.at_least);
        near
    }

    fn keep(&mut self, item: usize) {
        for bucket in buckets_of(&self.of, self.bands, item) {
            if self.kept[bucket].len() < CROWD {
                self.kept[bucket].push(item);
            }
        }
    }
}

fn buckets_of(of: &[u32], bands: usize, item: usize) -> impl Iterator<Item = usize> {
    of[item * bands..][..bands].iter().filter(|bucket| **bucket != ALONE).map(|bucket| *bucket as usize)
}

/// The values in each band, with which a pair that is just similar enough is missed with a chance of at most
/// [`MISSED`].
fn rows(at_least: f32) -> usize {
    let misses = |rows: usize| power(1.0 - power(f64::from(at_least.clamp(0.0, 1.0)), rows), VALUES / rows);
    (2..=VALUES).rev().find(|rows| misses(*rows) <= MISSED).unwrap_or(1)
}

/// The same on every machine, which `powi` is not.
fn power(base: f64, exponent: usize) -> f64 {
    std::iter::repeat_n(base, exponent).product()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use super::*;

    /// So many words, no two of them alike but by chance.
    fn made_up(words: usize, random: &mut Random) -> Vec<String> {
        (0..words).map(|_| format!("w{}", random.below(1_000_000))).collect()
    }

    /// These words with every word replaced with this chance.
    fn edited(words: &[String], chance: f32, random: &mut Random) -> Vec<String> {
        let word = |word: &String| if random.unit() < chance { format!("{word}x") } else { word.clone() };
        words.iter().map(word).collect()
    }

    fn sketch(words: &[String]) -> Sketch {
        Sketch::of(&words.join(" ")).unwrap()
    }

    fn exact(a: &[String], b: &[String]) -> f32 {
        let (a, b): (HashSet<_>, HashSet<_>) = (a.windows(SHINGLE).collect(), b.windows(SHINGLE).collect());
        a.intersection(&b).count() as f32 / a.union(&b).count() as f32
    }

    /// Unlike sketches, each followed by one that agrees in about so large a part of the values.
    fn planted(pairs: usize, similarity: f32, random: &mut Random) -> Vec<Sketch> {
        let one = |random: &mut Random| std::array::from_fn(|_| random.next() as u16);
        let of = |_| {
            let (a, mut b): ([u16; VALUES], [u16; VALUES]) = (one(random), one(random));
            b.iter_mut().zip(&a).filter(|_| random.unit() < similarity).for_each(|(b, a)| *b = *a);
            [Sketch(a), Sketch(b)]
        };
        (0..pairs).flat_map(of).collect()
    }

    fn brute(sketches: &[Sketch], at_least: f32) -> Vec<Near> {
        let near = |a: usize, b: usize| Near { a, b, similarity: sketches[a].similarity(&sketches[b]) };
        let all = (0..sketches.len()).flat_map(|a| (a + 1..sketches.len()).map(move |b| near(a, b)));
        all.filter(|pair| pair.similarity >= at_least).collect()
    }

    #[test]
    fn the_estimate_is_close_to_the_exact_similarity() {
        let mut random = Random::new(1);
        for length in [30, 100, 400, 2000] {
            let mut sum = 0.0;
            for chance in [0.0, 0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.3, 1.0].repeat(8) {
                let a = made_up(length, &mut random);
                let b = edited(&a, chance, &mut random);
                let exact = exact(&a, &b);
                let error = sketch(&a).similarity(&sketch(&b)) - exact;
                let four_sigma = 4.0 * (exact * (1.0 - exact) / 256.0).sqrt();
                assert!(error.abs() <= four_sigma, "{length} {exact} {error}");
                sum += error;
            }
            assert!((sum / 72.0).abs() < 0.008, "{length} {sum}");
        }
    }

    #[test]
    fn too_little_to_tell() {
        let mut random = Random::new(2);
        assert!(Sketch::of("").is_none() && Sketch::of(" ... ").is_none());
        assert!(Sketch::of(&made_up(23, &mut random).join(" ")).is_none());
        assert!(Sketch::of(&made_up(24, &mut random).join(" ")).is_some());
        assert!(Sketch::of(&"one two three four five six ".repeat(500)).is_none(), "six different shingles");
    }

    #[test]
    fn case_accents_and_ligatures_make_no_difference() {
        let text = "Le fichier déjà défini à l'été: neuf élèves, dix fiches, onze récits et douze étoiles près \
                    de la forêt où naît un fleuve très vif; fin.";
        let other = text.to_uppercase().replace("FI", "ﬁ").replace([',', ';'], "\r\n\t- ");
        assert_eq!(Sketch::of(text).unwrap(), Sketch::of(&other).unwrap());
    }

    #[test]
    fn without_spaces_characters_are_words() {
        let text = "本協議由甲乙雙方於二零二四年三月簽訂，租賃期限為十二個月，每月租金應於當月五日前支付。";
        let other = text.replace('三', "七");
        assert!(text.chars().filter(|c| c.is_alphanumeric()).count() < 45);
        let similarity = Sketch::of(text).unwrap().similarity(&Sketch::of(&other).unwrap());
        assert!((similarity - 31.0 / 41.0).abs() < 0.11, "{similarity}");
        assert!(Sketch::of("ข้อตกลงฉบับนี้ทำขึ้นระหว่างผู้ให้เช่าและผู้เช่า").is_some());
    }

    #[test]
    fn parts_are_as_the_whole() {
        let words = made_up(300, &mut Random::new(3));
        let parts = words.iter().flat_map(|word| [word.as_str(), "", " "]);
        assert_eq!(Sketch::of_parts(parts).unwrap(), sketch(&words));
        let lines: Vec<String> = words.chunks(7).map(|line| line.join(" ")).collect();
        assert_eq!(Sketch::of_parts(lines.iter().map(String::as_str)).unwrap(), sketch(&words));
        let text = "租賃期限為十二個月每月租金應於當月五日前支付逾期需付違約金";
        assert_eq!(Sketch::of_parts(text.split_inclusive("月")), Sketch::of(text));
        assert!(Sketch::of_parts(std::iter::empty()).is_none());
    }

    #[test]
    fn bytes_and_back() {
        let sketch = sketch(&made_up(100, &mut Random::new(4)));
        let bytes = sketch.to_bytes();
        assert_eq!((bytes.len(), Sketch::from_bytes(&bytes)), (Sketch::BYTES, Some(sketch.clone())));
        assert_eq!(u16::from_le_bytes([bytes[2], bytes[3]]), sketch.0[1]);
        for wrong in [&bytes[1..], &[], &[bytes.as_slice(), &[0]].concat()] {
            assert_eq!(Sketch::from_bytes(wrong), None);
        }
    }

    #[test]
    fn what_all_pairs_find_the_bands_find() {
        let mut random = Random::new(5);
        for line in [0.3, 0.5, 0.7, 0.8, 0.9, 0.95] {
            let r = rows(line);
            assert!(r > 1 && power(1.0 - power(f64::from(line), r), VALUES / r) <= MISSED);
            let mut sketches = planted(200, line, &mut random);
            let page = made_up(40, &mut random);
            sketches.extend((0..40).map(|_| sketch(&edited(&page, 0.02, &mut random))));
            let (found, first) = (near_pairs(&sketches, line), firsts(&sketches));
            let mut all = brute(&sketches, line);
            all.retain(|pair| first[pair.a] == pair.a && [pair.a, pair.b].contains(&first[pair.b]));
            let missed = all.iter().filter(|pair| !found.contains(pair)).count();
            assert_eq!(found.len(), all.len() - missed, "{line}: nothing else is found");
            assert!(all.len() > 100 && missed * 100 <= all.len(), "{line}: {missed} of {}", all.len());
            assert!(found.is_sorted_by_key(|pair| (pair.a, pair.b)));
        }
    }

    #[test]
    fn a_line_out_of_range_and_nothing() {
        let sketches = planted(20, 1.0, &mut Random::new(6));
        for line in [f32::NAN, 1.0, 2.0] {
            let found = (near_pairs(&sketches, line).len(), groups(&sketches, line).len());
            assert_eq!(found, (20, 20), "{line}");
        }
        assert!(near_pairs(&sketches, -1.0).len() >= 20 && near_pairs(&sketches, 0.0).len() >= 20);
        assert!(near_pairs(&[], 0.8).is_empty() && groups(&[], 0.8).is_empty());
    }

    #[test]
    fn a_crowd_is_not_quadratic() {
        let mut random = Random::new(7);
        let equal = vec![planted(1, 0.0, &mut random).remove(0); 20_000];
        assert_eq!(near_pairs(&equal, 0.8).len(), equal.len() - 1);
        assert_eq!(groups(&equal, 0.8), [(0..equal.len()).collect::<Vec<_>>()]);
        let alike = |sketch: &Sketch| {
            let mut values = sketch.0;
            (0..5).for_each(|_| values[random.below(VALUES)] = random.next() as u16);
            Sketch(values)
        };
        let letters: Vec<Sketch> = equal[..3000].iter().map(alike).collect();
        assert!(near_pairs(&letters, 0.8).len() <= letters.len() * CROWD * 3, "of 1,500 for each");
        assert_eq!(groups(&letters, 0.8), [(0..letters.len()).collect::<Vec<_>>()]);
    }

    #[test]
    fn every_member_is_like_its_leader() {
        let mut random = Random::new(8);
        let mut page = made_up(400, &mut random);
        let mut sketches = planted(30, 0.9, &mut random);
        for _ in 0..40 {
            page = edited(&page, 0.01, &mut random);
            sketches.extend([sketch(&page), sketch(&page)]);
        }
        let groups = groups(&sketches, 0.8);
        assert!(groups.len() > 33, "the page drifts through several groups, {}", groups.len());
        assert!(groups.is_sorted_by_key(|group| group[0]));
        let mut of = vec![None; sketches.len()];
        for (number, group) in groups.iter().enumerate() {
            assert!(group.len() > 1 && group.is_sorted());
            for &member in group {
                assert!(sketches[member].similarity(&sketches[group[0]]) >= 0.8);
                assert_eq!(of[member].replace(number), None);
            }
        }
        assert!(of[60..].chunks(2).all(|equal| equal[0] == equal[1] && equal[0].is_some()));
    }

    #[test]
    fn bands_of_a_similarity() {
        let bands = [1.0, 0.96, 0.95, 0.7, 0.5].map(|similarity| Band::of(similarity).unwrap());
        assert_eq!(bands, [Band::Same, Band::Same, Band::NearlySame, Band::Revision, Band::Related]);
        assert_eq!((Band::of(0.44), Band::of(f32::NAN)), (None, None));
    }

    #[test]
    fn the_same_on_every_machine() {
        // From an independent implementation.
        let parts = [
            "The roof was repaired in March 2024; the invoice (№ 1,734) came in April.",
            "Élèves, Straße, ﬁle, naïve: words with marks.",
            "租賃期限為十二個月，每月租金。",
        ];
        let sketch = Sketch::of_parts(parts.into_iter()).unwrap();
        assert_eq!(sketch.0[..8], [41065, 37250, 48329, 41431, 41065, 18237, 38612, 47448]);
        let all = sketch.to_bytes().iter().fold(0, |all, byte| mixed(all ^ u64::from(*byte)));
        assert_eq!(all, 0xaf67_e8e2_14b5_2060);
    }
}
