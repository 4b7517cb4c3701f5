//! PDF: text page by page.

use cairn_core::{Kind, Problem, ProblemCode};
use pdf_oxide::PdfDocument;
use pdf_oxide::object::Object;

use crate::extract::{Document, MAX_TEXT_BYTES};

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
    let mut document = Document {
        kind: Kind::Pdf,
        title: info_title(&pdf),
        text: String::new(),
        page_starts: Vec::with_capacity(pages.min(1 << 16)),
        truncated: false,
    };
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

fn info_title(pdf: &PdfDocument) -> Option<String> {
    let info = pdf.trailer().as_dict()?.get("Info")?;
    let info = pdf.resolve_object(info).ok()?;
    let Object::String(title) = pdf.resolve_object(info.as_dict()?.get("Title")?).ok()? else { return None };
    let title = text_string(&title);
    // What programs fill in by themselves.
    let title = title.trim().strip_prefix("Microsoft Word - ").unwrap_or(title.trim());
    let says_nothing = !title.chars().any(char::is_alphanumeric) || title.eq_ignore_ascii_case("untitled");
    (!says_nothing).then(|| title.to_owned())
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
