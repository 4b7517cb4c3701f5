use std::ffi::OsStr;
use std::path::Path;

use cairn_core::Kind;
use encoding_rs::Encoding;

/// How much of a file's beginning [`detect`] wants to see.
pub const HEAD_BYTES: usize = 8192;

/// What a file is, by its first [`HEAD_BYTES`] bytes (or all of them, where it is shorter). The name only breaks
/// ties that content cannot: Markdown, HTML and source code are all text, many cameras' raw files begin as TIFF does. An archive or an
/// old Office container is called what its name or its first parts say until all its parts are looked at.
pub fn detect(head: &[u8], name: &OsStr) -> Kind {
    let extension = extension(name);
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Kind::Png,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Kind::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::Webp,
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => Kind::Jxl,
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Kind::Bmp,
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] => detect_iso_media(rest),
        _ if is_raw(head, &extension) => Kind::Raw,
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Kind::Tiff,
        [b'P', b'K', 3, 4, ..] => detect_zip(head, &extension),
        _ if is_ole(head) => detect_ole(&extension),
        _ if is_tar(head) || is_compressed_tar(head, name) => Kind::Archive,
        // Excel's files before they were put into containers.
        [0x09, 0x00 | 0x02 | 0x04, 0x04 | 0x06, 0x00, ..] => Kind::Xls,
        _ if head.starts_with(b"{\\rtf") => Kind::Rtf,
        _ if is_pdf(head, &extension) => Kind::Pdf,
        _ if !is_text(head) => Kind::Other,
        _ => detect_text(head, &extension),
    }
}

/// For a file that is [`Kind::Other`]: what it is and what helps, as far as its beginning tells.
pub(crate) fn unsupported_detail(head: &[u8]) -> String {
    let known = match head {
        [b'%', b'!', b'P', b'S', ..] => "PostScript; save it as PDF",
        [b'P', b'K', 3, 4, ..] if contains(head, b".iwa") || contains(head, b"buildVersionHistory.plist") => {
            "Pages, Numbers or Keynote; save it as PDF"
        }
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    infer::get(head).map_or_else(|| "not text".to_owned(), |kind| format!("{} file", kind.extension()))
}

/// The mark of POSIX 1003.1-1988, and of GNU.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

fn is_compressed_tar(head: &[u8], name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    head.starts_with(&[0x1F, 0x8B]) && (name.ends_with(".tar.gz") || name.ends_with(".tgz"))
}

/// Whether it is the container of old Office files and of Office files with a password.
pub(crate) fn is_ole(head: &[u8]) -> bool {
    head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// Whether content that nobody knows was meant, by its name, to be something Cairn reads: then it is damaged.
pub(crate) fn claims_to_be_readable(head: &[u8], name: &OsStr) -> bool {
    const READABLE: [&str; 16] = [
        "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jpg", "jpeg", "png", "webp", "gif",
        "heic", "jxl", "tif",
    ];
    infer::get(head).is_none() && READABLE.contains(&extension(name).as_str())
}

fn extension(name: &OsStr) -> String {
    Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn detect_zip(head: &[u8], extension: &str) -> Kind {
    let mentions = |names: &[&str]| names.iter().any(|name| contains(head, name.as_bytes()));
    match extension {
        "docx" | "docm" | "dotx" | "dotm" => Kind::Docx,
        "xlsx" | "xlsm" | "xltx" | "xltm" | "xlsb" => Kind::Xlsx,
        "pptx" | "pptm" | "ppsx" | "ppsm" | "potx" => Kind::Pptx,
        "odt" | "ott" | "odm" => Kind::Odt,
        "ods" | "ots" => Kind::Ods,
        "odp" | "otp" | "odg" => Kind::Odp,
        "epub" => Kind::Epub,
        "zip" => Kind::Archive,
        "vsdx" | "xps" | "oxps" => Kind::Other,
        _ if mentions(&["application/epub+zip"]) => Kind::Epub,
        _ if mentions(&["application/vnd.oasis.opendocument.spreadsheet"]) => Kind::Ods,
        _ if mentions(&["application/vnd.oasis.opendocument.presentation"]) => Kind::Odp,
        // The first part of OpenDocument and EPUB alike; what it says may be compressed.
        _ if head.get(30..38) == Some(b"mimetype") => Kind::Odt,
        _ if mentions(&["xl/"]) => Kind::Xlsx,
        _ if mentions(&["ppt/"]) => Kind::Pptx,
        _ if mentions(&["visio/"]) => Kind::Other,
        _ if mentions(&["[Content_Types].xml", "_rels/.rels", "docProps/", "word/"]) => Kind::Docx,
        _ => Kind::Other,
    }
}

fn detect_ole(extension: &str) -> Kind {
    match extension {
        "xls" | "xlt" | "xla" => Kind::Xls,
        "ppt" | "pps" | "pot" => Kind::Ppt,
        "msg" | "oft" => Kind::Email,
        _ => Kind::Doc,
    }
}

/// The brand of a file of the ISO base media format, with what stands behind `ftyp`.
fn detect_iso_media(rest: &[u8]) -> Kind {
    match rest.get(..4) {
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            // A general brand may hide a codec that the list of compatible ones names.
            if contains(rest.get(8..rest.len().min(64)).unwrap_or_default(), b"avif") {
                Kind::Avif
            } else {
                Kind::Heic
            }
        }
        Some(b"avif" | b"avis") => Kind::Avif,
        Some(b"crx ") => Kind::Raw,
        _ => Kind::Other,
    }
}

/// Raw files of cameras. Most are TIFF, with nothing but the name to tell.
fn is_raw(head: &[u8], extension: &str) -> bool {
    const TIFF_BY_NAME: [&str; 11] =
        ["nef", "nrw", "arw", "sr2", "dng", "pef", "srw", "cr2", "3fr", "erf", "rwl"];
    let is_tiff = matches!(head, [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..]);
    match head {
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] | [b'I', b'I', b'U', 0, ..] => {
            true
        }
        [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] => true,
        _ => head.starts_with(b"FUJIFILMCCD-RAW") || (is_tiff && TIFF_BY_NAME.contains(&extension)),
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
    if starts_with(&[b"{\\rtf"]) {
        return Kind::Rtf;
    }
    if starts_with(&[b"%!ps"]) {
        return Kind::Other;
    }
    if MARKDOWN.contains(&extension) {
        return Kind::Markdown;
    }
    if starts_with(&[b"<svg"])
        || (starts_with(&[b"<?xml", b"<!doctype svg", b"<!--"]) && contains(start, b"<svg"))
    {
        return Kind::Svg;
    }
    if extension == "ipynb" && start.starts_with(b"{") {
        return Kind::Notebook;
    }
    if starts_with(&[b"webvtt"]) || (extension == "srt" && contains(start, b"-->")) {
        return Kind::Subtitles;
    }
    if is_message(start, extension) {
        return Kind::Email;
    }
    if SOURCE_WITH_TAGS.contains(&extension) {
        return Kind::Text;
    }
    let is_page = starts_with(&[b"<!doctype html", b"<html", b"<head", b"<body", b"<title"])
        || (starts_with(&[b"<?xml", b"<!--"]) && contains(start, b"<html"))
        || (matches!(extension, "html" | "htm" | "xhtml") && start.contains(&b'<'));
    if is_page { Kind::Html } else { Kind::Text }
}

/// Whether a text begins as a message or a mailbox does: its name says so, or it is one without a name.
fn is_message(start: &[u8], extension: &str) -> bool {
    let has = |wanted: &[u8]| contains(start, wanted);
    let headed =
        has(b"\nsubject:") || has(b"\nmessage-id:") || has(b"\nmime-version:") || has(b"\nreceived:");
    match extension {
        "eml" | "mbox" | "mbx" | "mht" | "mhtml" => {
            headed || start.starts_with(b"from ") || start.starts_with(b"subject:")
        }
        "" => {
            headed
                && (start.starts_with(b"from ")
                    || start.starts_with(b"return-path:")
                    || start.starts_with(b"received:"))
        }
        _ => false,
    }
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
        assert_eq!(kind(b"<?xml version='1.0'?><svg>", "a"), Kind::Svg);
        assert_eq!(kind(b"just words", "photo.jpg"), Kind::Text);
        assert_eq!(kind(b"{\\rtf1 x \0}", "a.txt"), Kind::Rtf);
        assert_eq!(kind(b"{\"cells\": []}", "a.ipynb"), Kind::Notebook);
        assert_eq!(kind(b"1\n00:00:01,0 --> 00:00:02,0\nx", "a.srt"), Kind::Subtitles);
        assert_eq!(kind(b"Received: x\nSubject: y\n\nz", "1"), Kind::Email);
        assert_eq!(kind(b"From: a@b\nSubject: y\n\nz", "a.eml"), Kind::Email);
        assert_eq!(kind(b"From the beginning\nSubject: y\n\nz", "a.txt"), Kind::Text);
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
    fn pictures_of_cameras_are_told_apart() {
        assert_eq!(kind(b"II*\0\x08\0\0\0", "a.tif"), Kind::Tiff);
        assert_eq!(kind(b"II*\0\x08\0\0\0", "a.NEF"), Kind::Raw);
        assert_eq!(kind(b"II*\0\x10\0\0\0CR\x02\0", "a"), Kind::Raw);
        assert_eq!(kind(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a"), Kind::Heic);
        assert_eq!(kind(b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avifmiaf", "a.heic"), Kind::Avif);
        assert_eq!(kind(b"\0\0\0\x1Cftypavif\0\0\0\0", "a.jpg"), Kind::Avif);
        assert_eq!(kind(b"\xFF\x0A\0\0", "a"), Kind::Jxl);
    }

    #[test]
    fn archives_are_told_apart() {
        assert_eq!(kind(b"PK\x03\x04......word/document.xml", "x"), Kind::Docx);
        assert_eq!(kind(b"PK\x03\x04......[Content_Types].xml...xl/workbook.xml", "x"), Kind::Xlsx);
        assert_eq!(kind(b"PK\x03\x04......mimetypeapplication/epub+zip", "x"), Kind::Epub);
        assert_eq!(kind(b"PK\x03\x04..........................mimetype\x03\x04", "x"), Kind::Odt);
        assert_eq!(kind(b"PK\x03\x04......holiday.txt", "x.zip"), Kind::Archive);
        assert_eq!(kind(b"PK\x03\x04......classes", "x.jar"), Kind::Other);
        assert_eq!(kind(b"\x1F\x8B\x08", "x.tar.gz"), Kind::Archive);
        assert_eq!(kind(b"\x1F\x8B\x08", "x.gz"), Kind::Other);
        assert_eq!(kind(b"\xD0\xCF\x11\xE0", "x.XLS"), Kind::Xls);
        assert_eq!(kind(b"\xD0\xCF\x11\xE0", "x"), Kind::Doc);
    }
}
