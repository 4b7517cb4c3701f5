//! Fields with their values: `kind:pdf,docx`, `-in:"old files"`, `größe:>5mb`, `类型：照片`.

use time::Date;

use cairn_core::{Condition, Span};

use super::tokens::Taken;
use super::words::{fold, is_quote, lookup, quoted};
use super::{dates, kinds, sizes};

/// What a part of a query asks about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// What it is.
    Kind,
    /// How its name ends.
    Extension,
    /// The folder it lies in.
    Folder,
    /// Its name.
    Name,
    /// It is older than the beginning of a date.
    Before,
    /// It is younger than the end of a date.
    After,
    /// It is of a date.
    Date,
    /// How large it is.
    Size,
    /// The camera that took it.
    Camera,
    /// Where it was taken.
    Place,
    /// The language it is in.
    Language,
    /// What it is like.
    Similar,
}

impl Field {
    /// The name that is typed before a colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Kind => "kind",
            Field::Extension => "ext",
            Field::Folder => "in",
            Field::Name => "name",
            Field::Before => "before",
            Field::After => "after",
            Field::Date => "date",
            Field::Size => "size",
            Field::Camera => "camera",
            Field::Place => "place",
            Field::Language => "lang",
            Field::Similar => "similar",
        }
    }

    /// Whether what is asked twice must hold twice. Of anything else a file has but one, and one of those asked for does.
    pub(super) fn is_measured(self) -> bool {
        matches!(self, Field::Before | Field::After | Field::Date | Field::Size)
    }
}

/// The field that a text begins with, and how many bytes it takes with its value; `None` where it has no name that
/// is known or no value that can be read.
pub(super) fn read(text: &str, negated: bool, today: Date) -> Option<(usize, Taken)> {
    let (colon, mark) = text.char_indices().take(LONGEST_NAME).find(|(_, c)| matches!(c, ':' | '：'))?;
    let field = lookup(NAMES, &fold(&text[..colon]))?;
    let rest = &text[colon + mark.len_utf8()..];
    let (length, values) = whole(field, rest, today).or_else(|| alternatives(rest))?;
    if !(1..=MOST_VALUES).contains(&values.len()) || (field == Field::Similar && negated) {
        return None;
    }
    let mut taken = Taken { field, label: String::new(), negated, spoken: false, conditions: Vec::new() };
    for value in values {
        let (conditions, label) = value_of(field, value, today)?;
        if !taken.label.is_empty() {
            taken.label.push_str(", ");
        }
        taken.label.push_str(&label);
        taken.conditions.extend(conditions);
    }
    Some((colon + mark.len_utf8() + length, taken))
}

/// Dates and sizes are understood with spaces and commas in them: the longest stretch of words that can be read.
fn whole(field: Field, rest: &str, today: Date) -> Option<(usize, Vec<&str>)> {
    let unquoted = rest.split(is_quote).next().filter(|text| !text.starts_with(char::is_whitespace))?;
    let words = unquoted.split_inclusive(char::is_whitespace).take(MOST_WORDS).scan(0, |end, word| {
        *end += word.len();
        Some(rest[..*end].trim_end())
    });
    let stretches: Vec<&str> = if field.is_measured() { words.collect() } else { Vec::new() };
    let value = stretches.into_iter().rev().find(|text| value_of(field, text, today).is_some())?;
    Some((value.len(), vec![value]))
}

/// Values with commas between them, each in quotes or up to the next space. Empty ones are passed over.
fn alternatives(rest: &str) -> Option<(usize, Vec<&str>)> {
    let (mut at, mut values) = (0, Vec::new());
    loop {
        let text = rest.get(at..)?;
        let bare_end =
            || text.find(|c: char| c.is_whitespace() || is_quote(c) || is_comma(c)).unwrap_or(text.len());
        let (value, length) = quoted(text).unwrap_or_else(|| (&text[..bare_end()], bare_end()));
        values.extend(Some(value.trim()).filter(|value| !value.is_empty()));
        at += length;
        match rest.get(at..)?.chars().next().filter(|c| is_comma(*c)) {
            Some(comma) => at += comma.len_utf8(),
            None => return Some((at, values)),
        }
    }
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，' | '、')
}

/// The conditions that a value stands for, any of which is enough, and how it is shown.
fn value_of(field: Field, value: &str, today: Date) -> Option<(Vec<Condition>, String)> {
    let lower = value.to_lowercase();
    let condition = match field {
        Field::Kind => return Some((kinds::named(value)?, value.to_owned())),
        Field::Before | Field::After | Field::Date => {
            let (condition, label) = dated(field, dates::read(value, today)?)?;
            return Some((vec![condition], label));
        }
        Field::Similar => return Some((Vec::new(), value.to_owned())),
        Field::Extension => {
            let extension = lower.trim_start_matches('.');
            let possible = !extension.is_empty() && !extension.contains(['/', '\\', ' ']);
            Condition::Extension(possible.then(|| extension.to_owned())?)
        }
        Field::Folder => {
            let folder = lower.replace('\\', "/");
            Condition::Folder(Some(folder).filter(|folder| folder.chars().any(|c| c != '/'))?)
        }
        Field::Name => Condition::Name(lower),
        Field::Size => Condition::Size(sizes::read(value)?),
        Field::Camera => Condition::Camera(lower),
        Field::Place => Condition::Place(lower),
        Field::Language => Condition::Language(language(&lower)?),
    };
    Some((vec![condition], value.to_owned()))
}

/// The condition of a field about days, and how it is shown.
pub(super) fn dated(field: Field, days: Span<Date>) -> Option<(Condition, String)> {
    let span = match field {
        Field::Before => Span { from: None, until: Some(days.from?) },
        Field::After => Span { from: Some(days.until?), until: None },
        _ => days,
    };
    Some((Condition::Date(span), dates::label(days)))
}

fn language(lower: &str) -> Option<String> {
    let is_code = lower.len() == 2 && lower.bytes().all(|byte| byte.is_ascii_lowercase());
    let code = if is_code { lower } else { lookup(LANGUAGES, &fold(lower))? };
    Some(code.to_owned())
}

/// Characters of the longest name of a field, with the colon.
const LONGEST_NAME: usize = 16;

/// Alternatives a field may have.
const MOST_VALUES: usize = 50;

/// Words of the longest date: "3 de junio de 2019..5 de agosto de 2019".
const MOST_WORDS: usize = 9;

/// What fields are called, folded, in English, German, French, Spanish and Chinese.
const NAMES: &[(Field, &str)] = &[
    (Field::Kind, "kind, type, typ, art, tipo, 类型, 種類, 种类"),
    (Field::Extension, "ext, extension, endung, 扩展名"),
    (Field::Folder, "in, folder, ordner, dossier, carpeta, 文件夹, 目录"),
    (Field::Name, "name, dateiname, nom, nombre, 文件名, 名称"),
    (Field::Before, "before, vor, avant, antes, 之前, 早于"),
    (Field::After, "after, nach, apres, despues, 之后, 晚于"),
    (Field::Date, "date, datum, fecha, 日期, 时间"),
    (Field::Size, "size, grosse, groesse, taille, tamano, 大小"),
    (Field::Camera, "camera, kamera, appareil, camara, 相机"),
    (Field::Place, "place, ort, lieu, lugar, 地点"),
    (Field::Language, "lang, language, sprache, langue, idioma, 语言"),
    (Field::Similar, "similar, ahnlich, aehnlich, similaire, parecido, 相似"),
];

const LANGUAGES: &[(&str, &str)] = &[
    ("en", "english, englisch, anglais, ingles, 英语, 英文"),
    ("de", "german, deutsch, allemand, aleman, 德语, 德文"),
    ("fr", "french, franzosisch, francais, frances, 法语, 法文"),
    ("es", "spanish, spanisch, espagnol, espanol, 西班牙语"),
    ("zh", "chinese, chinesisch, chinois, chino, 中文, 汉语"),
    ("it", "italian, italienisch, italien, italiano, 意大利语"),
    ("pt", "portuguese, portugiesisch, portugais, portugues, 葡萄牙语"),
    ("nl", "dutch, niederlandisch, neerlandais, neerlandes, 荷兰语"),
    ("ru", "russian, russisch, russe, ruso, 俄语"),
    ("ja", "japanese, japanisch, japonais, japones, 日语"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn every_field_is_known_by_its_own_name() {
        for (field, names) in NAMES {
            assert_eq!(lookup(NAMES, field.as_str()), Some(*field));
            assert!(names.split(", ").all(|name| fold(name) == name && name.chars().count() < LONGEST_NAME));
        }
    }

    #[test]
    fn values_reach_as_far_as_they_can_be_read() {
        let cases = [
            ("kind:pdf,docx rest", Some((13, "pdf, docx", 2))),
            ("Kind:\"web page\",pdf", Some((19, "web page, pdf", 2))),
            ("ext:.PDF, rest", Some((9, ".PDF", 1))),
            ("in:«old files»x", Some((16, "old files", 1))),
            ("name:\"a,b\"", Some((10, "a,b", 1))),
            ("date:june 2019 rome", Some((14, "2019-06", 1))),
            ("date:june 3, 2019, rome", Some((18, "2019-06-03", 1))),
            ("date:2019,2021", Some((14, "2019, 2021", 2))),
            ("after:\"last week\"", Some((17, "2024-06-03..2024-06-09", 1))),
            ("size:1,5 mb rest", Some((11, "1,5 mb", 1))),
            ("size:1mb,5mb", Some((12, "1mb, 5mb", 2))),
            ("大小：>5mb", Some((13, ">5mb", 1))),
            ("Größe:<1mb", Some((12, "<1mb", 1))),
            ("lang:Français", Some((14, "Français", 1))),
            ("similar:\"my dog\"", Some((16, "my dog", 0))),
            ("kind:pdf,nonsense", None),
            ("kind: pdf", None),
            ("date: 2019", None),
            ("in:\"\"", None),
            ("in:/", None),
            ("ext:.", None),
            ("before:..2019", None),
            (&format!("ext:{}", "a,".repeat(51)), None),
            ("http://cairn", None),
            (":pdf", None),
        ];
        for (text, expected) in cases {
            let found = read(text, false, date!(2024 - 06 - 12));
            let found =
                found.as_ref().map(|(end, taken)| (*end, taken.label.as_str(), taken.conditions.len()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
