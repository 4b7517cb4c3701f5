use std::ffi::OsStr;
use std::path::Path;

use cairn_core::Kind;
use encoding_rs::Encoding;

/// How much of a file's beginning [`detect`] wants to see.
pub const HEAD_BYTES: usize = 8192;

/// What a file is, by its first [`HEAD_BYTES`] bytes (or all of them, where it is shorter). The name only breaks
/// ties that content cannot: Markdown, HTML and source code are all text. An Office file is called
/// [`Kind::Docx`] until its parts are looked at.
pub fn detect(head: &[u8], name: &OsStr) -> Kind {
    let extension = extension(name);
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Kind::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Kind::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::Webp,
        [b'P', b'K', 3, 4, ..] => detect_zip(head, &extension),
        _ if is_pdf(head, &extension) => Kind::Pdf,
        _ if !is_text(head) => Kind::Other,
        _ => detect_text(head, &extension),
    }
}

/// For a file that is [`Kind::Other`]: what it is and what helps, as far as its beginning tells.
pub(crate) fn unsupported_detail(head: &[u8]) -> String {
    let known = match head {
        _ if is_ole(head) => "old Office format; save it as .docx or PDF",
        [b'{', b'\\', b'r', b't', b'f', ..] => "rich text; save it as .docx or PDF",
        [b'P', b'K', 3, 4, ..] if contains(head, b"xl/") => "spreadsheet; save it as PDF or text",
        [b'P', b'K', 3, 4, ..] if contains(head, b"ppt/") => "slides; save them as PDF",
        [b'P', b'K', 3, 4, ..] if contains(head, b"mimetypeapplication/epub") => "e-book; save it as PDF",
        [b'P', b'K', 3, 4, ..] if contains(head, b"mimetypeapplication/vnd.oasis") => {
            "OpenDocument; save it as .docx or PDF"
        }
        [b'%', b'!', b'P', b'S', ..] => "PostScript; save it as PDF",
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..]
            if [&b"heic"[..], b"heix", b"mif1", b"msf1", b"hevc", b"avif"]
                .iter()
                .any(|b| brand.starts_with(b)) =>
        {
            "HEIC or AVIF picture; save it as JPEG"
        }
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    infer::get(head).map_or_else(|| "not text".to_owned(), |kind| format!("{} file", kind.extension()))
}

/// Whether it is the container of old Office files and of Office files with a password.
pub(crate) fn is_ole(head: &[u8]) -> bool {
    head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// Whether content that nobody knows was meant, by its name, to be something Cairn reads: then it is damaged.
pub(crate) fn claims_to_be_readable(head: &[u8], name: &OsStr) -> bool {
    const READABLE: [&str; 7] = ["pdf", "docx", "jpg", "jpeg", "png", "webp", "gif"];
    infer::get(head).is_none() && READABLE.contains(&extension(name).as_str())
}

fn extension(name: &OsStr) -> String {
    Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn detect_zip(head: &[u8], extension: &str) -> Kind {
    let office = ["[Content_Types].xml", "_rels/.rels", "docProps/", "word/"];
    let other_office = ["xl/", "ppt/", "visio/"];
    let mentions = |names: &[&str]| names.iter().any(|name| contains(head, name.as_bytes()));
    match extension {
        "docx" | "docm" | "dotx" | "dotm" => Kind::Docx,
        "xlsx" | "xlsm" | "xlsb" | "pptx" | "pptm" | "ppsx" | "vsdx" | "xps" | "oxps" => Kind::Other,
        _ if mentions(&office) && !mentions(&other_office) => Kind::Docx,
        _ => Kind::Other,
    }
}

/// Readers accept junk before the header within the first kilobyte. A text about PDF has no such junk, and a
/// name that says otherwise.
fn is_pdf(head: &[u8], extension: &str) -> bool {
    let start = &head[..head.len().min(1024)];
    start.starts_with(b"%PDF-") || (contains(start, b"%PDF-") && (extension == "pdf" || !is_text(head)))
}

/// Text in any encoding has no NUL (unless a byte order mark announces UTF-16) and next to no control characters.
fn is_text(head: &[u8]) -> bool {
    if head.is_empty() {
        return false;
    }
    if Encoding::for_bom(head).is_some() {
        return true;
    }
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0C | 0x1B);
    let controls = head.iter().filter(|&&byte| is_control(byte)).count();
    !head.contains(&0) && controls * 100 <= head.len()
}

fn detect_text(head: &[u8], extension: &str) -> Kind {
    const MARKDOWN: [&str; 6] = ["md", "markdown", "mdown", "mkd", "mdx", "rmd"];
    const SOURCE_WITH_TAGS: [&str; 12] =
        ["php", "vue", "svelte", "jsx", "tsx", "js", "ts", "astro", "xml", "xsl", "xslt", "py"];
    // A UTF-16 page is recognised by its ASCII letters.
    let letters: Vec<u8> = head.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let bom = Encoding::for_bom(head).map_or(0, |(_, length)| length);
    let start = letters[bom..].trim_ascii_start();
    let starts_with = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| start.starts_with(prefix));
    if starts_with(&[b"{\\rtf", b"%!ps"]) {
        return Kind::Other;
    }
    if MARKDOWN.contains(&extension) {
        return Kind::Markdown;
    }
    if extension == "svg" || starts_with(&[b"<svg"]) || (starts_with(&[b"<?xml"]) && contains(start, b"<svg"))
    {
        return Kind::Other;
    }
    if SOURCE_WITH_TAGS.contains(&extension) {
        return Kind::Text;
    }
    let is_page = starts_with(&[b"<!doctype html", b"<html", b"<head", b"<body", b"<title"])
        || (starts_with(&[b"<?xml", b"<!--"]) && contains(start, b"<html"))
        || (matches!(extension, "html" | "htm" | "xhtml") && start.contains(&b'<'));
    if is_page { Kind::Html } else { Kind::Text }
}

pub(crate) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &[u8], name: &str) -> Kind {
        detect(head, OsStr::new(name))
    }

    #[test]
    fn content_decides_and_the_name_breaks_ties() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest", "report.pdf"), Kind::Png);
        assert_eq!(kind(b"\xFF\xD8\xFF\xE0", "x.txt"), Kind::Jpeg);
        assert_eq!(kind(b"GIF89a", "x"), Kind::Gif);
        assert_eq!(kind(b"RIFF\x10\0\0\0WEBPVP8 ", "x"), Kind::Webp);
        assert_eq!(kind(b"RIFF\x10\0\0\0WAVEfmt ", "x"), Kind::Other);
        assert_eq!(kind(b"# Title\n", "a.md"), Kind::Markdown);
        assert_eq!(kind(b"# Title\n", "a.py"), Kind::Text);
        assert_eq!(kind(b"<h1>x</h1>", "a.md"), Kind::Markdown);
        assert_eq!(kind(b"<h1>x</h1>", "a.html"), Kind::Html);
        assert_eq!(kind(b"  <!DOCTYPE HTML>\n<p>", "noname"), Kind::Html);
        assert_eq!(kind(b"<?xml version='1.0'?><html>", "a.txt"), Kind::Html);
        assert_eq!(kind(b"<?xml version='1.0'?><svg>", "a"), Kind::Other);
        assert_eq!(kind(b"just words", "photo.jpg"), Kind::Text);
        assert_eq!(kind(b"{\\rtf1 x}", "a.rtf"), Kind::Other);
        assert_eq!(kind(b"", "a.txt"), Kind::Other);
    }

    #[test]
    fn text_in_any_encoding_is_text_and_binaries_are_not() {
        assert_eq!(kind("Größe 日本語".as_bytes(), "a"), Kind::Text);
        assert_eq!(kind(b"caf\xE9 cr\xE8me", "a"), Kind::Text);
        assert_eq!(kind(b"\xFF\xFEh\0i\0", "a"), Kind::Text);
        assert_eq!(kind(b"\xFF\xFE<\0h\0t\0m\0l\0>\0", "a"), Kind::Html);
        assert_eq!(kind(b"abc\0def", "a.txt"), Kind::Other);
        assert_eq!(kind(b"\x7fELF\x02\x01\x01\x03\x04\x05", "a.txt"), Kind::Other);
    }

    #[test]
    fn pdf_header_may_come_late_but_a_text_about_it_stays_text() {
        assert_eq!(kind(b"%PDF-1.4", "x"), Kind::Pdf);
        assert_eq!(kind(b"junk\n%PDF-1.4", "x.pdf"), Kind::Pdf);
        assert_eq!(kind(b"\0\0junk\n%PDF-1.4", "x"), Kind::Pdf);
        assert_eq!(kind(b"a file begins with %PDF-1.4", "x.txt"), Kind::Text);
    }

    #[test]
    fn archives_are_told_apart() {
        assert_eq!(kind(b"PK\x03\x04......word/document.xml", "x"), Kind::Docx);
        assert_eq!(kind(b"PK\x03\x04......[Content_Types].xml...xl/workbook.xml", "x"), Kind::Other);
        assert_eq!(kind(b"PK\x03\x04......holiday.txt", "x.zip"), Kind::Other);
        assert_eq!(
            unsupported_detail(b"PK\x03\x04......xl/workbook.xml"),
            "spreadsheet; save it as PDF or text"
        );
        assert_eq!(unsupported_detail(b"\xD0\xCF\x11\xE0"), "old Office format; save it as .docx or PDF");
    }
}
