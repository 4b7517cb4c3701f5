//! What goes in and comes out: plain rows.

use std::path::PathBuf;

use cairn_core::{ContentHash, ContentId, Family, FileId, JobId, Kind, PassageId, Problem, RootId};
use serde_json::Value;

/// What [`crate::Store::add_root`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedRoot {
    /// The root that now covers the path.
    pub id: RootId,
    /// False where the path already lay inside a root: `id` is that root.
    pub newly: bool,
}

/// A folder (or single file) that the person added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its id.
    pub id: RootId,
    /// Where it is.
    pub path: PathBuf,
    /// Its path, for the person to see.
    pub display: String,
    /// Another disk has been mounted there.
    pub mounted: bool,
    /// The drive that it lies on, as the system tells one from another; `None`: it was not noted or cannot be told.
    pub drive: Option<String>,
    /// Files that were read.
    pub ready: u64,
    /// Files known but not read yet.
    pub pending: u64,
    /// Files that could not be read.
    pub failed: u64,
}

/// Whether a file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileState {
    /// Not read yet, or changed since.
    Pending,
    /// Read: it has a content.
    Ready,
    /// Could not be read: it has a problem.
    Failed,
}

/// What the library remembers of a path, for comparison with the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Its id.
    pub id: FileId,
    /// Where it was.
    pub path: PathBuf,
    /// Bytes, when last seen.
    pub size: u64,
    /// Last change in nanoseconds since 1970, when last seen.
    pub mtime_ns: i64,
    /// The file system's number for it (0 where there is none).
    pub inode: u64,
    /// Where it stands.
    pub state: FileState,
}

/// A file found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Last change in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// The file system's number for it (0 where there is none).
    pub inode: u64,
}

/// How the files of one [`crate::Store::record_seen`] compare with what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Not known before; now pending.
    pub new: u64,
    /// Other size or time than before; pending again.
    pub changed: u64,
    /// As before.
    pub unchanged: u64,
}

/// A file that waits to be read, as it was when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFile {
    /// Its id.
    pub id: FileId,
    /// Its root.
    pub root: RootId,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes, when last seen.
    pub size: u64,
    /// Last change in nanoseconds since 1970, when last seen.
    pub mtime_ns: i64,
    /// How often reading these very bytes failed before.
    pub attempts: u32,
    /// Whether it still has what was read of it before.
    pub holds: bool,
}

/// One file with what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRow {
    /// Its id.
    pub id: FileId,
    /// Its root.
    pub root: RootId,
    /// Where it is.
    pub path: PathBuf,
    /// Its name, for the person to see (what is not UTF-8 shown as U+FFFD).
    pub name: String,
    /// Its folder, for the person to see: the root's name and the folders below it, joined by " / ".
    pub folder: String,
    /// Bytes.
    pub size: u64,
    /// Last change in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Where it stands.
    pub state: FileState,
    /// What it holds. A pending file may still have the content of its last reading.
    pub content: Option<ContentRow>,
    /// Why it could not be read.
    pub problem: Option<Problem>,
}

impl FileRow {
    /// Last change in milliseconds since 1970.
    pub fn modified_ms(&self) -> i64 {
        self.mtime_ns.div_euclid(1_000_000)
    }

    /// When the photo was taken, or else when the file was changed: milliseconds since 1970.
    pub fn date_ms(&self) -> i64 {
        let photo = self.content.as_ref().and_then(|content| content.photo.as_ref());
        photo.and_then(|photo| photo.taken_ms).unwrap_or_else(|| self.modified_ms())
    }
}

/// What one or more files hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentRow {
    /// Its id; also the key of a photo in the photo space.
    pub id: ContentId,
    /// Hash of its bytes.
    pub hash: ContentHash,
    /// Version of the pipeline that read it.
    pub pipeline: u32,
    /// Format.
    pub kind: Kind,
    /// Document or photo.
    pub family: Family,
    /// Title, where the document has one.
    pub title: Option<String>,
    /// Pages, in formats that have them.
    pub pages: Option<u32>,
    /// Who wrote the document, where it says so.
    pub author: Option<String>,
    /// When the document was written or sent, where it says so, in milliseconds since 1970.
    pub written_ms: Option<i64>,
    /// What finds it beside its text and the names of its files: place, month, camera, author.
    pub words: String,
    /// Facts of a photo.
    pub photo: Option<PhotoRow>,
}

/// Facts of a photo.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhotoRow {
    /// Upright width in pixels.
    pub width: u32,
    /// Upright height in pixels.
    pub height: u32,
    /// When it was taken (camera's clock): milliseconds since 1970.
    pub taken_ms: Option<i64>,
    /// Camera.
    pub camera: Option<String>,
    /// Lens.
    pub lens: Option<String>,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
    /// What the place is called.
    pub place_name: Option<String>,
}

/// The file that stands for a content: its oldest in the library.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstFile {
    /// The file.
    pub file: FileRow,
    /// Further files with the very same content.
    pub copies: u64,
}

/// What a person said a search should find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Star {
    /// What was searched for.
    pub query: String,
    /// What should be found.
    pub content: ContentId,
}

/// What was read from a file. The family follows from the kind.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContent {
    /// Hash of the bytes.
    pub hash: ContentHash,
    /// Version of the pipeline that read them.
    pub pipeline: u32,
    /// Format; not [`Kind::Other`].
    pub kind: Kind,
    /// Title, where the document has one.
    pub title: Option<String>,
    /// Pages, in formats that have them.
    pub pages: Option<u32>,
    /// Who wrote the document, where it says so.
    pub author: Option<String>,
    /// When the document was written or sent, where it says so, in milliseconds since 1970.
    pub written_ms: Option<i64>,
    /// Facts of a photo.
    pub photo: Option<PhotoRow>,
    /// The language of a document (two-letter code of ISO 639-1), where it is clear.
    pub language: Option<String>,
    /// The languages in which its text was recognised in pictures of its pages; `None`: it is the document's own.
    pub ocr: Option<String>,
    /// The text, cut. In order; neighbours may overlap; neither `start` nor `end` goes back. What lies between two
    /// passages is white space.
    pub passages: Vec<NewPassage>,
}

/// A stretch of a document's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPassage {
    /// First byte in the document's text.
    pub start: usize,
    /// Byte after the last: `start + text.len()`.
    pub end: usize,
    /// Page it begins on, from 1, in formats that have pages.
    pub page: Option<u32>,
    /// Those bytes.
    pub text: String,
}

/// A stored passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassageRow {
    /// Its id; also its key in the text space. Never used again for another passage.
    pub id: PassageId,
    /// The document.
    pub content: ContentId,
    /// Its place in the document, from 0.
    pub ordinal: u32,
    /// First byte in the document's text.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Page it begins on, from 1.
    pub page: Option<u32>,
    /// Those bytes.
    pub text: String,
}

/// The passages around a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbours {
    /// The passage before it.
    pub previous: Option<PassageId>,
    /// The passage after it.
    pub next: Option<PassageId>,
    /// Its own place, from 0.
    pub ordinal: u32,
    /// How many the document has.
    pub count: u32,
}

/// A part of a document's text. Byte `i` of `text` is byte `start + i` of the document's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextWindow {
    /// The part.
    pub text: String,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Bytes of the whole text.
    pub total: usize,
    /// Pages that begin inside, as far as passages tell: number and byte in the document's text.
    pub page_starts: Vec<(u32, usize)>,
}
/// An item that waits for a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id in the space.
    pub id: i64,
    /// The content it belongs to (for a photo, the same number).
    pub content: ContentId,
    /// Hash of the content.
    pub hash: ContentHash,
    /// The passage's text; `None` for a photo.
    pub text: Option<String>,
    /// The photo's first file; `None` for a passage.
    pub path: Option<PathBuf>,
}

/// What left the library: drop these from the indexes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    /// How many files.
    pub files: u64,
    /// Contents.
    pub contents: Vec<ContentId>,
    /// Passages.
    pub passages: Vec<PassageId>,
}

/// How much there is. Copies of a file count once among documents and photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Distinct documents that a file holds.
    pub documents: u64,
    /// Distinct photos that a file holds.
    pub photos: u64,
    /// Passages.
    pub passages: u64,
    /// Files known but not read yet.
    pub pending: u64,
    /// Files that could not be read.
    pub failed: u64,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// At work.
    Running,
    /// Held by the person.
    Paused,
    /// Finished.
    Done,
    /// Stopped by the person.
    Cancelled,
    /// Ended by an error.
    Failed,
}

/// A job to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What kind of work it is: a stable name of the engine's.
    pub kind: String,
    /// What it does, in words.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// What it needs to go on after a restart.
    pub payload: Value,
}

/// What changes while a job runs.
#[derive(Debug, Clone, PartialEq)]
pub struct JobUpdate {
    /// Where it stands.
    pub state: JobState,
    /// Items done.
    pub done: u64,
    /// Items in all; 0 when not known.
    pub total: u64,
    /// Items that failed.
    pub failed: u64,
    /// Why it ended.
    pub error: Option<String>,
}

/// A stored job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: String,
    /// What it does, in words.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// What it needs to go on after a restart.
    pub payload: Value,
    /// Items done.
    pub done: u64,
    /// Items in all; 0 when not known.
    pub total: u64,
    /// Items that failed.
    pub failed: u64,
    /// Why it ended.
    pub error: Option<String>,
    /// When it was stored: milliseconds since 1970.
    pub created_ms: i64,
    /// When it last changed.
    pub updated_ms: i64,
}

/// A stored map: bytes of the engine's making, and the generation of the library that they show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMap {
    /// The map.
    pub data: Vec<u8>,
    /// The generation it was made from.
    pub generation: u64,
}

/// A search that a person keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: i64,
    /// The name that the person gave it.
    pub name: String,
    /// What is searched for, as the shell that kept it wrote it.
    pub request: String,
}
