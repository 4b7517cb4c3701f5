//! PDF: text page by page.

use cairn_core::{Kind, Problem, ProblemCode};
use pdf_oxide::PdfDocument;
use pdf_oxide::object::Object;

use crate::extract::{Document, MAX_TEXT_BYTES};
use crate::package::iso_ms;

pub(crate) fn read(bytes: Vec<u8>) -> Result<Document, Problem> {
    let whole = has_end(&bytes);
    let pdf = PdfDocument::from_bytes(bytes).map_err(damaged)?;
    if pdf.is_encrypted() && !pdf.is_authenticated() && !matches!(pdf.authenticate(b""), Ok(true)) {
        return Err(Problem::new(ProblemCode::Encrypted, ""));
    }
    let pages = pdf.page_count().map_err(damaged)?;
    if pages == 0 {
        return Err(Problem::new(ProblemCode::Damaged, "no pages"));
    }
    let mut document = Document::new(Kind::Pdf, None, String::new());
    let info = Info::of(&pdf);
    document.title = info.title();
    document.author = info.text("Author");
    document.written_ms = info.text("CreationDate").as_deref().and_then(date_ms);
    let mut failed = None;
    for page in 0..pages {
        if document.text.len() > MAX_TEXT_BYTES {
            document.truncated = true;
            break;
        }
        document.page_starts.push(document.text.len());
        match pdf.extract_text(page) {
            Ok(text) => push_page(&mut document.text, &text),
            // One broken page does not cost the others.
            Err(error) => failed = Some(error),
        }
    }
    if let Some(error) = failed.filter(|_| document.text.trim().is_empty()) {
        return Err(damaged(error));
    }
    // The reader mends a file that was cut off, and finds pages whose contents are not there.
    if !whole && document.text.trim().is_empty() {
        return Err(Problem::new(ProblemCode::Damaged, "its end is missing"));
    }
    if document.title.is_none() {
        document.title = document.text.lines().find(|l| !l.trim().is_empty()).map(str::to_owned);
    }
    Ok(document)
}

/// Whether the end-of-file mark stands near the end, as readers of PDF demand (ISO 32000-1, 7.5.5 and annex H.3).
fn has_end(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(1024)..).unwrap_or_default();
    tail.windows(5).any(|mark| mark == b"%%EOF")
}

fn push_page(text: &mut String, page: &str) {
    let page = page.trim();
    if !page.is_empty() {
        text.push_str(page);
        text.push_str("\n\n");
    }
}

/// What the document says of itself (ISO 32000-1, 14.3.3).
struct Info<'a> {
    pdf: &'a PdfDocument,
    entries: Option<Object>,
}

impl<'a> Info<'a> {
    fn of(pdf: &'a PdfDocument) -> Info<'a> {
        let entry = pdf.trailer().as_dict().and_then(|trailer| trailer.get("Info"));
        Info { pdf, entries: entry.and_then(|info| pdf.resolve_object(info).ok()) }
    }

    fn text(&self, name: &str) -> Option<String> {
        let entry = self.entries.as_ref()?.as_dict()?.get(name)?;
        let Object::String(text) = self.pdf.resolve_object(entry).ok()? else { return None };
        let text = text_string(&text).trim().to_owned();
        text.chars().any(char::is_alphanumeric).then_some(text)
    }

    fn title(&self) -> Option<String> {
        let title = self.text("Title")?;
        // What programs fill in by themselves.
        let title = title.strip_prefix("Microsoft Word - ").unwrap_or(&title);
        (!title.eq_ignore_ascii_case("untitled")).then(|| title.to_owned())
    }
}

/// `D:20060118171500+01'00'`: the rest may be missing from any point behind the year (ISO 32000-1, 7.9.4).
fn date_ms(text: &str) -> Option<i64> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count().min(14);
    let (clock, offset) = text.split_at_checked(digits)?;
    let part =
        |from: usize, to: usize, missing: &'static str| clock.get(from..to).unwrap_or(missing).to_owned();
    let offset: String = offset.chars().filter(char::is_ascii_digit).collect();
    let sign = if text.contains('-') { '-' } else { '+' };
    let zone = match (offset.get(..2), offset.get(2..4)) {
        (Some(hours), minutes) => format!("{sign}{hours}:{}", minutes.unwrap_or("00")),
        _ => "Z".to_owned(),
    };
    let (year, month, day) = (clock.get(..4)?, part(4, 6, "01"), part(6, 8, "01"));
    let (hour, minute, second) = (part(8, 10, "00"), part(10, 12, "00"), part(12, 14, "00"));
    iso_ms(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"))
}

/// PDF text strings are UTF-16 or UTF-8 with a byte order mark, else PDFDocEncoding, which is Latin-1 for letters.
fn text_string(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, bom)) => encoding.decode_without_bom_handling(&bytes[bom..]).0.into_owned(),
        None => encoding_rs::mem::decode_latin1(bytes).into_owned(),
    }
}

fn damaged(error: pdf_oxide::Error) -> Problem {
    Problem::new(ProblemCode::Damaged, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_any_length() {
        assert_eq!(date_ms("D:20060118171500+01'00'"), Some(1_137_600_900_000));
        assert_eq!(date_ms("D:20060118161500Z"), Some(1_137_600_900_000));
        assert_eq!(date_ms("20060118"), Some(1_137_542_400_000));
        assert_eq!(date_ms("D:2006"), Some(1_136_073_600_000));
        assert_eq!(date_ms("D:20061399"), None);
        assert_eq!(date_ms("today"), None);
    }
}
