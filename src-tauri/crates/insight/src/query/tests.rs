#![allow(clippy::unwrap_used)]

use time::macros::date;

use super::*;
use cairn_core::{Condition, Span};
use cairn_core::{Family, Kind};

/// A Wednesday.
const TODAY: Date = date!(2024 - 06 - 12);

fn read(typed: &str) -> Parsed {
    parse(typed, TODAY)
}

fn chip(typed: &str, part: &str, field: Field, label: &str) -> Chip {
    let start = typed.find(part).unwrap();
    let (end, label) = (start + part.len(), label.to_owned());
    Chip { start, end, field, label, negated: part.starts_with('-'), spoken: false }
}

#[test]
fn fields_become_conditions() {
    let text = str::to_owned;
    let days = |from, until| Condition::Date(Span { from, until });
    let [photo, document] = [Family::Photo, Family::Document].map(Condition::Family);
    let [pdf, docx] = [Kind::Pdf, Kind::Docx].map(Condition::Kind);
    let cases = [
        ("", "", vec![], Filter::default()),
        ("  roof \"in the rain\" -draft ", "roof \"in the rain\" -draft ", vec![], Filter::default()),
        (
            "roof kind:pdf repair",
            "roof repair",
            vec![("kind:pdf", Field::Kind, "pdf")],
            Filter { all: vec![vec![pdf.clone()]], none: vec![] },
        ),
        (
            "kind:pdf,docx -type:Foto OR art:dokument roof",
            "roof",
            vec![
                ("kind:pdf,docx", Field::Kind, "pdf, docx"),
                ("-type:Foto", Field::Kind, "Foto"),
                ("art:dokument", Field::Kind, "dokument"),
            ],
            Filter { all: vec![vec![pdf, docx, document]], none: vec![photo] },
        ),
        (
            "after:2018 tax before:2020-06 -date:2019-01-01",
            "tax ",
            vec![
                ("after:2018", Field::After, "2018"),
                ("before:2020-06", Field::Before, "2020-06"),
                ("-date:2019-01-01", Field::Date, "2019-01-01"),
            ],
            Filter {
                all: vec![
                    vec![days(Some(date!(2019 - 01 - 01)), None)],
                    vec![days(None, Some(date!(2020 - 06 - 01)))],
                ],
                none: vec![days(Some(date!(2019 - 01 - 01)), Some(date!(2019 - 01 - 02)))],
            },
        ),
        (
            "in:\"Old Files\" ext:.PDF,md 大小：<2kb 名称：IMG camera:Canon ort:Zürich lang:deutsch",
            "",
            vec![
                ("in:\"Old Files\"", Field::Folder, "Old Files"),
                ("ext:.PDF,md", Field::Extension, ".PDF, md"),
                ("大小：<2kb", Field::Size, "<2kb"),
                ("名称：IMG", Field::Name, "IMG"),
                ("camera:Canon", Field::Camera, "Canon"),
                ("ort:Zürich", Field::Place, "Zürich"),
                ("lang:deutsch", Field::Language, "deutsch"),
            ],
            Filter {
                all: vec![
                    vec![Condition::Folder(text("old files"))],
                    vec![Condition::Extension(text("pdf")), Condition::Extension(text("md"))],
                    vec![Condition::Size(Span { from: None, until: Some(2_000) })],
                    vec![Condition::Name(text("img"))],
                    vec![Condition::Camera(text("canon"))],
                    vec![Condition::Place(text("zürich"))],
                    vec![Condition::Language(text("de"))],
                ],
                none: vec![],
            },
        ),
    ];
    for (typed, text, chips, filter) in cases {
        let chips = chips.into_iter().map(|(part, field, label)| chip(typed, part, field, label)).collect();
        assert_eq!(read(typed), Parsed { text: text.to_owned(), filter, similar: None, chips }, "{typed:?}");
    }
}

#[test]
fn the_last_similar_counts_and_or_needs_two_sides() {
    let parsed = read("similar:cat similar:\"my dog\" beach");
    assert_eq!((parsed.similar.as_deref(), parsed.text.as_str()), (Some("my dog"), "beach"));
    assert_eq!((parsed.chips.len(), parsed.filter.is_empty()), (2, true));
    let cases = [
        ("tax OR rent kind:pdf", "tax OR rent "),
        ("tax OR kind:pdf", "tax "),
        ("tax kind:pdf OR rent", "tax rent"),
        ("kind:pdf\"exact\"in:x,\"y\"", "\"exact\" "),
    ];
    for (typed, text) in cases {
        assert_eq!(read(typed).text, text, "{typed:?}");
    }
}

/// Each query in plain words means what the fields beside it do, and its parts become their chips.
#[test]
fn plain_words_in_five_languages() {
    let cases: &[(&str, &str, &[&str], &str)] = &[
        ("photos from june 2019", "", &["photos", "from june 2019"], "kind:photos date:2019-06"),
        ("pdf about insurance last year", "insurance ", &["pdf about", "last year"], "kind:pdf date:2023"),
        ("My pictures, this month", "", &["My pictures,", "this month"], "kind:pictures date:2024-06"),
        ("emails since 2019 by bob", "by bob", &["emails", "since 2019"], "kind:emails date:2019-01-01.."),
        ("roof between 2019 and 2021", "roof ", &["between 2019 and 2021"], "date:2019..2021"),
        ("roof in the last 30 days", "roof ", &["in the last 30 days"], "date:2024-05-14..2024-06-12"),
        ("invoice after june 3, 2019", "invoice ", &["after june 3, 2019"], "after:2019-06-03"),
        ("photo", "", &["photo"], "kind:photo"),
        ("photo june 2019 rome", "photo rome", &["june 2019"], "date:2019-06"),
        ("PDF Files rome", "rome", &["PDF Files"], "kind:\"PDF Files\""),
        ("fotos vom letzten mai", "", &["fotos", "vom letzten mai"], "kind:fotos date:2024-05"),
        ("Dach letzten Sommer", "Dach ", &["letzten Sommer"], "date:2023-06-01..2023-08-31"),
        ("PDF über Haus letztes Jahr", "Haus ", &["PDF über", "letztes Jahr"], "kind:PDF date:2023"),
        ("Bilder aus 2019", "", &["Bilder", "aus 2019"], "kind:Bilder date:2019"),
        ("Miete von 2019 bis 2021", "Miete ", &["von 2019 bis 2021"], "date:2019..2021"),
        ("E-Mails seit Juni 2019", "", &["E-Mails", "seit Juni 2019"], "kind:E-Mails date:2019-06-01.."),
        ("Dach im Jahr 2019", "Dach ", &["im Jahr 2019"], "date:2019"),
        ("photos de juin 2019", "", &["photos", "de juin 2019"], "kind:photos date:2019-06"),
        ("photos d’hier", "", &["photos", "d’hier"], "kind:photos date:2024-06-11"),
        ("pdf sur l'eau l'an dernier", "l'eau ", &["pdf sur", "l'an dernier"], "kind:pdf date:2023"),
        ("courriels avant 2015", "", &["courriels", "avant 2015"], "kind:courriels before:2015"),
        ("fotos de junio de 2019", "", &["fotos", "de junio de 2019"], "kind:fotos date:2019-06"),
        ("fotos de Roma antes de 2015", "Roma ", &["fotos de", "antes de 2015"], "kind:fotos before:2015"),
        ("pdf sobre agua del año pasado", "agua ", &["pdf sobre", "del año pasado"], "kind:pdf date:2023"),
        ("2019年6月的照片", "", &["2019年6月", "的照片"], "date:2019-06 kind:照片"),
        ("去年的PDF 保险", "保险", &["去年", "的PDF"], "date:2023 kind:PDF"),
        ("去年的保险", "保险", &["去年的"], "date:2023"),
        ("北京的照片", "北京 ", &["的照片"], "kind:照片"),
        ("上周照片 北京", "北京", &["上周", "照片"], "date:2024-06-03..2024-06-09 kind:照片"),
        ("2015年之前的邮件", "", &["2015年之前", "的邮件"], "before:2015 kind:邮件"),
        ("昨天", "", &["昨天"], "date:2024-06-11"),
    ];
    for (typed, text, parts, fields) in cases {
        let (parsed, meant) = (read(typed), read(fields));
        let chips = parts
            .iter()
            .zip(meant.chips)
            .map(|(part, meant)| Chip { spoken: true, ..chip(typed, part, meant.field, &meant.label) });
        let (text, chips) = ((*text).to_owned(), chips.collect());
        assert_eq!(parsed, Parsed { text, filter: meant.filter, similar: None, chips }, "{typed:?}");
    }
}

#[test]
fn what_is_not_clear_stays_as_it_is() {
    let cases =
        "2019 | may | march | word | word about taxes | code review | picture frame | mail server | hier | \
        yesterday | \"photos from june 2019\" | -photos -\"june 2019\" | last year's budget | from 1850 | \
        the last march of the penguins | war of 1912 | in 12 days | how long does a year last | \
        last day | notes | photos OR slides | june 2019 OR june 2020 | 上周日的会议 | 去年底 | \
        the picture of dorian gray | 12:30 | C:\\path | http://a.b/c | foo:bar | kind: | kind: pdf | \
        before:whenever | size:big | before:\"when ever\" | -similar:x | --kind:pdf | (kind:pdf) | \
        - -- \" | \0 \u{202e}kind:pdf 🦀\u{301}"
            .split(" | ");
    for typed in cases {
        assert_eq!(read(typed), Parsed { text: typed.to_owned(), ..Parsed::default() }, "{typed:?}");
    }
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn join(&mut self, parts: &[&str], most: usize, spaces: &[&str]) -> String {
        let count = self.below(most + 1);
        (0..count)
            .map(|_| [parts[self.below(parts.len())], spaces[self.below(spaces.len())]].concat())
            .collect()
    }
}

fn check_chips(typed: &str) -> Parsed {
    let parsed = read(typed);
    let (mut at, mut left) = (0, String::new());
    for chip in &parsed.chips {
        assert!(at <= chip.start && chip.start < chip.end, "{typed:?}");
        assert!(typed.is_char_boundary(chip.start) && typed.is_char_boundary(chip.end), "{typed:?}");
        assert!(!chip.label.is_empty(), "{typed:?}");
        left.push_str(&typed[at..chip.start]);
        at = chip.end;
    }
    left.push_str(&typed[at..]);
    let solid = |text: &str| text.split_whitespace().collect::<String>();
    assert!(typed.contains("OR") || solid(&parsed.text) == solid(&left), "{typed:?}");
    parsed
}

#[test]
fn nothing_that_is_typed_fails() {
    let parts = [
        "kind", "in", "date", "size", "类型", "größe", "similar", ":", "：", "-", "\"", "“", "”", "«", "»",
        ",", "..", "pdf", "2019", "june", "年", "月", "的", "照片", "last", "year", "from", "to", "the",
        "photos", "about", "de", ">", "5", "mb", ".", "'", "’", "OR", "\0", "\u{202e}", "\u{301}", "🦀", "ß",
        "İ", "\u{3000}", "\n", "/", "\\",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..5_000 {
        check_chips(&random.join(&parts, 14, &["", "", " "]));
    }
}

#[test]
fn without_a_chip_the_others_stay() {
    let openings = ["", "", "photos ", "pdf about ", "my pictures ", "Foto ", "all slides about "];
    let parts: Vec<&str> = "roof | Paris | -draft | \"exact phrase\" | 12:30 | foo:bar | size:big | \
        before:whenever | 保险 | 🦀 | \
        last year | june 2019 | in 2019 | seit 2019 | vom letzten Sommer | la semana pasada | \
        before 2015 | 去年的保险 | 北京的照片 | 3 juin 2019, | kind:pdf | -kind:photo | ext:txt | \
        in:\"old files\" | -in:archive | name:«a,b» | before:2020 | after:2018-06 | date:2019..2021 | \
        -date:2019-06-03 | date:june 2019 | size:>5mb | size:1,5 mb | camera:canon | place:\"New York\" | \
        lang:de | similar:dog | 类型：照片 | größe:<1gb"
        .split(" | ")
        .collect();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..1_000 {
        let opening = openings[random.below(openings.len())];
        let typed = format!("{opening}{}", random.join(&parts, 7, &[" ", "  "]));
        let parsed = check_chips(&typed);
        assert!(
            read(&parsed.text).chips.iter().all(|chip| chip.spoken),
            "nothing is left to find in {typed:?}"
        );
        for (at, chip) in parsed.chips.iter().enumerate() {
            let rest = format!("{}{}", &typed[..chip.start], &typed[chip.end..]);
            let mut others = parsed.chips.clone();
            others.remove(at);
            let found = read(&rest);
            let meaning = |chips: &[Chip]| -> Vec<Chip> {
                chips.iter().map(|chip| Chip { start: 0, end: 0, ..chip.clone() }).collect()
            };
            assert_eq!(meaning(&found.chips), meaning(&others), "{typed:?} without {chip:?}");
            let dash = |chip: &Chip| if chip.negated { "-" } else { "" };
            let fields = others
                .iter()
                .map(|chip| format!("{}{}:\"{}\" ", dash(chip), chip.field.as_str(), chip.label));
            let same = read(&fields.collect::<String>());
            assert_eq!(
                (found.filter, found.similar),
                (same.filter, same.similar),
                "{typed:?} without {chip:?}"
            );
        }
    }
}

#[test]
fn pasted_texts_are_words() {
    const LONG: usize = 10_000_000;
    for part in
        ["kind:pdf last year ", "\"", "in:\"", "的照片", "date:2019,", "from ", "-", " ", "\0", "🦀x:"]
    {
        let typed = part.repeat(LONG / part.len());
        let parsed = check_chips(&typed);
        assert!(parsed.chips.iter().all(|chip| chip.end <= MOST_READ && !chip.spoken), "{part:?}");
    }
    let fields = "from in:a to -ext:b ".repeat(MOST_READ / 20);
    assert_eq!(check_chips(&fields).chips.len(), 200);
}
