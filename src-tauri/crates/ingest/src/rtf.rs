//! Rich text (Microsoft's RTF specification 1.9.1): words and control words in nested groups.

use std::collections::HashMap;

use cairn_core::{Kind, Problem, ProblemCode};
use encoding_rs::Encoding;

use crate::extract::Document;

/// Groups within groups beyond this are a bomb, not a letter.
const MAX_DEPTH: usize = 10_000;

pub(crate) fn read(bytes: &[u8]) -> Result<Document, Problem> {
    let mut reader = Reader::new(bytes);
    reader.read()?;
    let text = reader.text.trim_end().to_owned();
    let first = text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned);
    let known = |words: String| Some(words.trim().to_owned()).filter(|words| !words.is_empty());
    let mut document = Document::new(Kind::Rtf, known(reader.title).or(first), text);
    document.author = known(reader.author);
    Ok(document)
}

/// Where the words of a group go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    Body,
    Title,
    Author,
    Fonts,
    Nowhere,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    destination: Destination,
    encoding: &'static Encoding,
    /// How many characters stand for those that understand no Unicode, behind each that is Unicode.
    fallback: usize,
}

struct Reader<'a> {
    rest: &'a [u8],
    group: Group,
    outer: Vec<Group>,
    /// The encoding of each font in the table.
    fonts: HashMap<i32, &'static Encoding>,
    font: i32,
    default: &'static Encoding,
    /// Bytes of text that are not decoded yet: a letter may take several.
    bytes: Vec<u8>,
    /// Characters still to be left out.
    skip: usize,
    /// The first half of a character beyond the Basic Multilingual Plane.
    surrogate: Option<u16>,
    text: String,
    title: String,
    author: String,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Reader<'a> {
        let encoding = encoding_rs::WINDOWS_1252;
        Reader {
            rest: bytes,
            group: Group { destination: Destination::Body, encoding, fallback: 1 },
            outer: Vec::new(),
            fonts: HashMap::new(),
            font: 0,
            default: encoding,
            bytes: Vec::new(),
            skip: 0,
            surrogate: None,
            text: String::new(),
            title: String::new(),
            author: String::new(),
        }
    }

    fn read(&mut self) -> Result<(), Problem> {
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b'{' => {
                    self.flush();
                    self.outer.push(self.group);
                    if self.outer.len() > MAX_DEPTH {
                        return Err(Problem::new(ProblemCode::Damaged, "its groups are nested too deeply"));
                    }
                }
                b'}' => {
                    self.flush();
                    match self.outer.pop() {
                        Some(outer) => self.group = outer,
                        None => break,
                    }
                    if self.outer.is_empty() {
                        break;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                byte => self.byte(byte),
            }
        }
        self.flush();
        Ok(())
    }

    /// What stands behind a backslash: a control word with an optional number, or a single sign.
    fn control(&mut self) {
        let letters = self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters == 0 {
            let Some((&sign, rest)) = self.rest.split_first() else { return };
            self.rest = rest;
            self.sign(sign);
            return;
        }
        let (word, rest) = self.rest.split_at(letters);
        let digits = usize::from(rest.first() == Some(&b'-'));
        let digits = digits + rest[digits..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = rest.split_at(digits);
        self.rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i32>().ok());
        self.word(word, number);
    }

    fn sign(&mut self, sign: u8) {
        match sign {
            b'\'' => {
                let hex = self.rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
                if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                    self.rest = &self.rest[2..];
                    self.byte(byte);
                }
            }
            // A destination that a reader may not know: its words are not for people.
            b'*' => self.go_to(Destination::Nowhere),
            b'~' => self.push("\u{A0}"),
            b'_' => self.push("\u{2011}"),
            b'\r' | b'\n' => self.push("\n"),
            b'\\' | b'{' | b'}' => self.byte(sign),
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        match word {
            b"par" | b"sect" | b"page" => self.push("\n\n"),
            b"line" | b"row" => self.push("\n"),
            b"tab" | b"cell" | b"nestcell" => self.push("\t"),
            b"emdash" => self.push("—"),
            b"endash" => self.push("–"),
            b"lquote" => self.push("‘"),
            b"rquote" => self.push("’"),
            b"ldblquote" => self.push("“"),
            b"rdblquote" => self.push("”"),
            b"bullet" => self.push("•"),
            b"emspace" | b"enspace" | b"qmspace" => self.push(" "),
            b"u" => self.unicode(number.unwrap_or(0)),
            b"uc" => self.group.fallback = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
            b"ansicpg" => self.use_code_page(number.unwrap_or(1252)),
            b"mac" => self.use_code_page(10_000),
            b"deff" | b"f" => self.use_font(word, number.unwrap_or(0)),
            b"fcharset" if self.group.destination == Destination::Fonts => {
                let encoding = number.and_then(charset).unwrap_or(self.default);
                self.fonts.insert(self.font, encoding);
            }
            b"plain" => self.group.encoding = self.default,
            b"bin" => {
                let length = number.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                self.rest = self.rest.get(length..).unwrap_or_default();
            }
            b"fonttbl" => self.go_to(Destination::Fonts),
            b"title" => self.go_to(Destination::Title),
            b"author" => self.go_to(Destination::Author),
            b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"fldinst" | b"themedata"
            | b"datastore" | b"listtable" | b"listoverridetable" | b"rsidtbl" | b"generator"
            | b"xmlnstbl" | b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl"
            | b"footerr" | b"footerf" | b"nonshppict" => {
                self.go_to(Destination::Nowhere);
            }
            // What an object or a picture shows instead of itself.
            b"result" if self.outer.len() > 1 => self.go_to(Destination::Body),
            _ => {}
        }
    }

    fn go_to(&mut self, destination: Destination) {
        self.flush();
        self.group.destination = destination;
    }

    fn use_code_page(&mut self, number: i32) {
        if let Some(encoding) = u16::try_from(number).ok().and_then(code_page) {
            self.default = encoding;
            self.group.encoding = encoding;
        }
    }

    fn use_font(&mut self, word: &[u8], number: i32) {
        self.flush();
        self.font = number;
        if word == b"f" && self.group.destination != Destination::Fonts {
            self.group.encoding = self.fonts.get(&number).copied().unwrap_or(self.default);
        }
    }

    fn unicode(&mut self, number: i32) {
        self.flush();
        // Numbers beyond 32,767 are written as negative ones.
        let unit = (number & 0xFFFF) as u16;
        let decoded = match (self.surrogate.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.surrogate = Some(unit);
                None
            }
            (Some(high), 0xDC00..=0xDFFF) => char::decode_utf16([high, unit]).next().and_then(Result::ok),
            // Symbol fonts live in the private area; what they show is no letter.
            (_, 0xF000..=0xF0FF) => Some(' '),
            _ => char::from_u32(u32::from(unit)),
        };
        if let Some(character) = decoded {
            self.push(character.encode_utf8(&mut [0; 4]));
        }
        self.skip = self.group.fallback;
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.bytes.push(byte);
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            let words = self.group.encoding.decode_without_bom_handling(&bytes).0;
            self.write(&words);
        }
    }

    fn push(&mut self, words: &str) {
        self.flush();
        self.write(words);
    }

    fn write(&mut self, words: &str) {
        match self.group.destination {
            Destination::Body => self.text.push_str(words),
            Destination::Title => self.title.push_str(words),
            Destination::Author => self.author.push_str(words),
            Destination::Fonts | Destination::Nowhere => {}
        }
    }
}

fn code_page(number: u16) -> Option<&'static Encoding> {
    use encoding_rs as known;
    Some(match number {
        874 => known::WINDOWS_874,
        932 => known::SHIFT_JIS,
        936 => known::GBK,
        949 => known::EUC_KR,
        950 => known::BIG5,
        1250 => known::WINDOWS_1250,
        1251 => known::WINDOWS_1251,
        1252 => known::WINDOWS_1252,
        1253 => known::WINDOWS_1253,
        1254 => known::WINDOWS_1254,
        1255 => known::WINDOWS_1255,
        1256 => known::WINDOWS_1256,
        1257 => known::WINDOWS_1257,
        1258 => known::WINDOWS_1258,
        10_000 => known::MACINTOSH,
        65_001 => known::UTF_8,
        _ => return None,
    })
}

/// The code page of a font's character set (`\fcharset`).
fn charset(number: i32) -> Option<&'static Encoding> {
    code_page(match number {
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_letter_is_read_with_its_letters() {
        let letter = br"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil Arial;}{\f1\fcharset204 Arial Cyr;}}
{\info{\title Br\'fccke}{\author Ann}}{\*\generator none}\uc1\f0 Gr\'f6\'dfe \u8364?5\par
{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}\tab \u-10179?\u-8694?\line a\{b\}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}
{\pict\bin4 }}{}}{\header page}\cell end}";
        let document = read(letter).unwrap();
        assert_eq!(document.title.as_deref(), Some("Brücke"));
        assert_eq!(document.author.as_deref(), Some("Ann"));
        assert_eq!(document.text, "Größe €5\n\nПривет\t😊\na{b}link\tend");
    }

    #[test]
    fn bombs_and_stumps_end() {
        assert!(read("{".repeat(MAX_DEPTH + 2).as_bytes()).is_err());
        assert_eq!(read(br"{\rtf1 cut\'f").unwrap().text, "cutf");
        assert_eq!(read(br"{\rtf1 a}}}b").unwrap().text, "a");
        assert_eq!(read(br"{\rtf1\bin99999999 x").unwrap().text, "");
    }
}
