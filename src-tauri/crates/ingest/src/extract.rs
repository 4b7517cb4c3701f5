use std::fs::File;
use std::io::Read;
use std::path::Path;

use cairn_core::{Family, Kind, Problem, ProblemCode};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::detect::{HEAD_BYTES, claims_to_be_readable, detect, is_ole, unsupported_detail};
use crate::{
    archive, docx, epub, html, mail, notebook, office, opendocument, package, pdf, pictures, rtf, subtitles,
    text,
};

/// Documents with more bytes than this are not read.
pub(crate) const MAX_DOCUMENT_BYTES: u64 = 200 << 20;
/// Text beyond this many bytes of one document is left out ([`Document::truncated`] says so).
pub(crate) const MAX_TEXT_BYTES: usize = 20 << 20;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Extracted {
    /// Text.
    Document(Document),
    /// A picture; its pixels are asked for with [`crate::Worker::picture`].
    Photo(Photo),
}

/// The text of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What the file is, by its content.
    pub kind: Kind,
    /// From the metadata, else the first heading or line.
    pub title: Option<String>,
    /// The text, with `\n` as line end where the reader made the text itself. Never without a letter.
    pub text: String,
    /// Who wrote it, where the file says so.
    pub author: Option<String>,
    /// When it was written or sent, where the file says so, in milliseconds since 1970.
    pub written_ms: Option<i64>,
    /// Byte offset in `text` where each page begins (PDF), or each slide, or each message of a mailbox; empty for kinds
    /// without pages.
    pub page_starts: Vec<usize>,
    /// The document had more text than is kept.
    pub truncated: bool,
}

impl Document {
    pub(crate) fn new(kind: Kind, title: Option<String>, text: String) -> Document {
        Document {
            kind,
            title,
            text,
            author: None,
            written_ms: None,
            page_starts: Vec::new(),
            truncated: false,
        }
    }

    /// Whether it has more text already than is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.text.len() > MAX_TEXT_BYTES
    }
}

/// The facts of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// What the file is, by its content.
    pub kind: Kind,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// When it was taken, in milliseconds since 1970: in UTC where the camera noted its offset, else the camera's
    /// own clock read as if it were UTC.
    pub taken_ms: Option<i64>,
    /// Maker and model.
    pub camera: Option<String>,
    /// Model of the lens.
    pub lens: Option<String>,
    /// Latitude and longitude in degrees, north and east positive.
    pub place: Option<(f64, f64)>,
    /// A JPEG with [`crate::THUMBNAIL_SIDE`] pixels on its longer side, where it was asked for.
    #[serde(skip)]
    pub thumbnail: Option<Vec<u8>>,
    /// The upright picture for a model, where it was asked for: as [`crate::Worker::picture`] gives it.
    #[serde(skip)]
    pub pixels: Option<RgbImage>,
}

/// What is wanted beside the facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// For a picture: its thumbnail ([`crate::THUMBNAIL_SIDE`]), from the same decoding.
    pub thumbnail: bool,
    /// For a picture: its pixels for a model whose input is this many pixels square, from the same decoding.
    pub pixels: Option<u32>,
    /// For an archive: the text of the documents in it, beside their names.
    pub archives: bool,
}

/// Reads one file, whatever it is. It may be slow, take much memory, overflow the stack or abort on a hostile
/// file: a program calls it through [`crate::Worker`].
pub fn extract(path: &Path, request: &Request) -> Result<Extracted, Problem> {
    let (mut file, length) = open(path)?;
    let head = read_head(&mut file)?;
    let kind = detect(&head, path.file_name().unwrap_or_default());
    match kind.family() {
        Some(Family::Document) if kind == Kind::Archive && !archive::is_package(&file) => {
            archive::read(file, &head, request.archives).and_then(finish).map(Extracted::Document)
        }
        Some(Family::Photo) => pictures::extract(path, kind, request).map(Extracted::Photo),
        Some(Family::Document) => {
            read_document(kind, read_rest(head, file, length)?).map(Extracted::Document)
        }
        None => Err(why_not(path, &head)),
    }
}

pub(crate) fn read_document(kind: Kind, bytes: Vec<u8>) -> Result<Document, Problem> {
    // The beginning of an archive tells that it is one; what it holds is told by its parts.
    let kind = match &bytes[..] {
        [b'P', b'K', 3, 4, ..] if kind != Kind::Pdf => package::kind(&bytes)?,
        head if is_ole(head) => office::kind_of_compound(&bytes)?,
        _ => kind,
    };
    let document = match kind {
        Kind::Pdf => pdf::read(bytes),
        Kind::Docx => docx::read(&bytes),
        Kind::Xlsx | Kind::Xls | Kind::Pptx | Kind::Ppt | Kind::Doc => office::read(&bytes, kind),
        Kind::Odt | Kind::Ods | Kind::Odp => opendocument::read(&bytes, kind),
        Kind::Epub => epub::read(&bytes),
        Kind::Rtf => rtf::read(&bytes),
        Kind::Email if is_ole(&bytes) => mail::read_outlook(&bytes),
        Kind::Email => mail::read(&bytes),
        Kind::Notebook => notebook::read(&bytes),
        Kind::Subtitles => subtitles::read(&bytes),
        Kind::Html => html::read(&bytes),
        _ => text::read(&bytes, kind),
    }?;
    finish(document)
}

/// The reason why a file that nobody recognises is not read.
fn why_not(path: &Path, head: &[u8]) -> Problem {
    if claims_to_be_readable(head, path.file_name().unwrap_or_default()) {
        return Problem::new(ProblemCode::Damaged, "its content is not what its name says");
    }
    Problem::new(ProblemCode::Unsupported, unsupported_detail(head))
}

/// Opens a regular file and says how long it is. A pipe or device would block for ever and is refused first.
pub(crate) fn open(path: &Path) -> Result<(File, u64), Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| Problem::from_io(&error))?;
    if !metadata.is_file() {
        return Err(Problem::new(ProblemCode::Unsupported, "not a regular file"));
    }
    let file = File::open(path).map_err(|error| Problem::from_io(&error))?;
    if metadata.len() == 0 {
        return Err(Problem::new(ProblemCode::Empty, ""));
    }
    Ok((file, metadata.len()))
}

pub(crate) fn read_head(file: &mut File) -> Result<Vec<u8>, Problem> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|error| Problem::from_io(&error))?;
    Ok(head)
}

fn read_rest(head: Vec<u8>, file: File, length: u64) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        let detail = format!("{} MB; documents are read up to {} MB", length >> 20, MAX_DOCUMENT_BYTES >> 20);
        Problem::new(ProblemCode::TooLarge, detail)
    };
    if length > MAX_DOCUMENT_BYTES {
        return Err(too_large());
    }
    let mut bytes = head;
    bytes.reserve(usize::try_from(length).unwrap_or(0).saturating_sub(bytes.len()));
    // A file that grows meanwhile must not grow our memory with it.
    file.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Problem::from_io(&error))?;
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// What holds for every document: the cap on text, a title that fits a line, and at least one letter or digit.
fn finish(mut document: Document) -> Result<Document, Problem> {
    if document.text.len() > MAX_TEXT_BYTES {
        document.text.truncate(document.text.floor_char_boundary(MAX_TEXT_BYTES));
        document.page_starts.retain(|&start| start < document.text.len());
        document.truncated = true;
    }
    if !document.text.chars().any(char::is_alphanumeric) {
        let detail = match document.page_starts.len() {
            0 => String::new(),
            1 => "1 page".to_owned(),
            pages => format!("{pages} pages"),
        };
        return Err(Problem::new(ProblemCode::NoText, detail));
    }
    document.title = document.title.as_deref().and_then(text::tidy_title);
    document.author = document.author.as_deref().and_then(text::tidy_title);
    Ok(document)
}
