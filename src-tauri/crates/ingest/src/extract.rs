use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use cairn_core::{ContentHash, Kind, Problem, ProblemCode};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::detect::{HEAD_BYTES, claims_to_be_readable, contains, detect, is_ole, unsupported_detail};
use crate::{docx, html, pdf, pictures, text};

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
    /// Byte offset in `text` where each page begins (PDF); empty for kinds without pages.
    pub page_starts: Vec<usize>,
    /// The document had more text than is kept.
    pub truncated: bool,
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
    /// Latitude and longitude in degrees, north and east positive.
    pub place: Option<(f64, f64)>,
    /// The upright picture for a model, where it was asked for: as [`crate::Worker::picture`] gives it.
    #[serde(skip)]
    pub pixels: Option<RgbImage>,
}

/// What is wanted beside the facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// For a picture: write its thumbnail ([`crate::THUMBNAIL_SIDE`]) here in the same pass.
    pub thumbnail: Option<ThumbnailTarget>,
    /// For a picture: its pixels for a model whose input is this many pixels square, from the same decoding.
    pub pixels: Option<u32>,
}

/// Where a thumbnail goes: [`crate::thumbnail_path`] of these two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailTarget {
    /// The folder of all thumbnails; made when missing.
    #[serde(with = "crate::os_bytes")]
    pub dir: PathBuf,
    /// Hash of the picture's file.
    pub hash: ContentHash,
}

/// Reads one file, whatever it is. It may be slow, take much memory, overflow the stack or abort on a hostile
/// file: a program calls it through [`crate::Worker`].
pub fn extract(path: &Path, request: &Request) -> Result<Extracted, Problem> {
    let (mut file, length) = open(path)?;
    let head = read_head(&mut file)?;
    let kind = detect(&head, path.file_name().unwrap_or_default());
    match kind {
        Kind::Jpeg | Kind::Png | Kind::Webp | Kind::Gif => {
            pictures::extract(path, kind, request).map(Extracted::Photo)
        }
        Kind::Other => Err(why_not(path, head, file, length)?),
        Kind::Text | Kind::Markdown | Kind::Html | Kind::Pdf | Kind::Docx => {
            let bytes = read_rest(head, file, length)?;
            let document = match kind {
                Kind::Pdf => pdf::read(bytes),
                Kind::Docx => docx::read(&bytes),
                Kind::Html => html::read(&bytes),
                _ => text::read(&bytes, kind),
            }?;
            finish(document).map(Extracted::Document)
        }
    }
}

/// The reason why a file that nobody recognises is not read.
fn why_not(path: &Path, head: Vec<u8>, file: File, length: u64) -> Result<Problem, Problem> {
    if claims_to_be_readable(&head, path.file_name().unwrap_or_default()) {
        return Ok(Problem::new(ProblemCode::Damaged, "its content is not what its name says"));
    }
    let detail = unsupported_detail(&head);
    if is_ole(&head) && length <= MAX_DOCUMENT_BYTES {
        // A password turns a modern Office file into an old container with one encrypted stream of this name.
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        if contains(&read_rest(head, file, length)?, &name) {
            return Ok(Problem::new(ProblemCode::Encrypted, ""));
        }
    }
    Ok(Problem::new(ProblemCode::Unsupported, detail))
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
    Ok(document)
}
