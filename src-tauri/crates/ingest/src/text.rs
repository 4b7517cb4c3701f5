//! Plain text and Markdown: bytes in any encoding to text, kept as it is.

use cairn_core::{Kind, Problem, ProblemCode};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;

use crate::extract::Document;

const MAX_TITLE_CHARS: usize = 160;

pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Document, Problem> {
    let mut text = decode(bytes, None);
    let nuls = text.bytes().filter(|&byte| byte == 0).count();
    if nuls * 100 > text.len() {
        return Err(Problem::new(ProblemCode::Unsupported, "binary data behind a beginning of text"));
    }
    if nuls > 0 {
        text = text.replace('\0', " ");
    }
    let title = if kind == Kind::Markdown { markdown_title(&text) } else { first_line(&text) };
    Ok(Document::new(kind, title, text))
}

/// Bytes to text: byte order mark, else UTF-8, else the encoding that the document declares, else the one
/// that its bytes look most like.
pub(crate) fn decode(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[bom..]).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let lossy = String::from_utf8_lossy(bytes);
    if is_mostly_utf8(&lossy) {
        return lossy.into_owned();
    }
    // What calls itself UTF-8 and is not must be something else.
    let declared = declared.filter(|&encoding| encoding != encoding_rs::UTF_8);
    let encoding = declared.unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Allow)
    });
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// UTF-8 with a few broken bytes is common (logs, files cut in the middle of a letter), and text in another encoding
/// next to never makes valid sequences.
fn is_mostly_utf8(lossy: &str) -> bool {
    let beyond_ascii = lossy.chars().filter(|c| !c.is_ascii()).count();
    let broken = lossy.chars().filter(|&c| c == '\u{FFFD}').count();
    broken * 4 < beyond_ascii
}

/// The title in the front matter, else the first heading, else the first line.
fn markdown_title(text: &str) -> Option<String> {
    let body = match front_matter(text) {
        Some((matter, body)) => {
            let title = matter.lines().find_map(|line| line.strip_prefix("title:"));
            if let Some(title) = title.map(|t| t.trim().trim_matches(['"', '\''])).filter(|t| !t.is_empty()) {
                return Some(title.to_owned());
            }
            body
        }
        None => text,
    };
    let mut fenced = false;
    let heading = body.lines().find_map(|line| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let hashes = line.len() - line.trim_start_matches('#').len();
        let rest = line.get(hashes..)?;
        ((1..=6).contains(&hashes) && !fenced && rest.starts_with([' ', '\t']))
            .then(|| rest.trim().trim_end_matches('#').trim_end().to_owned())
    });
    heading.or_else(|| first_line(body))
}

fn front_matter(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    rest.split_once("\n---")
}

fn first_line(text: &str) -> Option<String> {
    text.lines().find(|line| line.chars().any(char::is_alphanumeric)).map(str::to_owned)
}

/// One line of at most [`MAX_TITLE_CHARS`] characters, or `None` where nothing readable is left.
pub(crate) fn tidy_title(title: &str) -> Option<String> {
    let printable = title.replace(|c: char| c.is_control() || c == '\u{FFFD}', " ");
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    if !line.chars().any(char::is_alphanumeric) {
        return None;
    }
    match line.char_indices().nth(MAX_TITLE_CHARS) {
        Some((end, _)) => Some(format!("{}…", line[..end].trim_end())),
        None => Some(line),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let text =
            "Die Größe der Brücke überraschte die Gäste. Ärger gab es später natürlich auch noch genug.";
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let (latin, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
        assert!(!unmappable);
        assert_eq!(decode(&utf16, None), text);
        assert_eq!(decode(text.as_bytes(), None), text);
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes(), None), text);
        assert_eq!(decode(&latin, None), text);
        let broken = [text.as_bytes(), b"\xFF, ", text.as_bytes(), &text.as_bytes()[..7]].concat();
        assert_eq!(decode(&broken, None), format!("{text}\u{FFFD}, {text}Die Gr\u{FFFD}"));
        let japanese = "これは日本語の文章です。検索できるはずです。";
        assert_eq!(decode(&encoding_rs::SHIFT_JIS.encode(japanese).0, None), japanese);
        assert_eq!(decode(&encoding_rs::EUC_JP.encode(japanese).0, None), japanese);
        let russian = "Это обычный русский текст, который надо найти.";
        assert_eq!(decode(&encoding_rs::WINDOWS_1251.encode(russian).0, None), russian);
    }

    #[test]
    fn markdown_is_kept_and_titled() {
        let title = |text: &str| read(text.as_bytes(), Kind::Markdown).unwrap().title;
        let source = "---\r\ntitle: \"From the matter\"\r\n---\r\n# Heading\r\nText";
        let document = read(source.as_bytes(), Kind::Markdown).unwrap();
        assert_eq!(document.text, source);
        assert_eq!(document.title.as_deref(), Some("From the matter"));
        assert_eq!(title("---\na: b\n---\n\nintro\n\n## Second ##\n").as_deref(), Some("Second"));
        assert_eq!(title("```\n# comment\n```\n# Real\n").as_deref(), Some("Real"));
        assert_eq!(title("#hashtag first\n\nmore").as_deref(), Some("#hashtag first"));
        assert_eq!(title("\n\n***\n"), None);
    }

    #[test]
    fn titles_fit_one_line() {
        assert_eq!(tidy_title("  a \n\t b\0 "), Some("a b".to_owned()));
        assert_eq!(tidy_title(" -- "), None);
        let long = tidy_title(&"äx ".repeat(200)).unwrap();
        assert_eq!(long.chars().last(), Some('…'));
        assert!(long.chars().count() <= MAX_TITLE_CHARS + 1);
    }
}
