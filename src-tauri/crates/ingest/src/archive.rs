//! Archives (ZIP, TAR, compressed TAR): the names of what is in them, and, where that is asked for, the text of the documents in them.
//! Archives in archives are known by their names.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use cairn_core::{Family, Kind, Problem, ProblemCode};
use flate2::read::GzDecoder;
use zip::ZipArchive;

use crate::detect::{HEAD_BYTES, detect};
use crate::extract::{Document, read_document};
use crate::package::zip_problem;

/// Names of an archive that are kept.
const MAX_NAMES: usize = 20_000;
/// Documents with more bytes than this are known by their names.
const MAX_ENTRY_BYTES: u64 = 50 << 20;
/// Bytes of all documents of an archive that are read.
const MAX_BYTES: u64 = 200 << 20;
/// Bytes of a compressed TAR, unpacked, that are looked through for names.
const MAX_UNPACKED: u64 = 2 << 30;

/// Whether a file is an archive only for those who look inside: an Office document, a book.
pub(crate) fn is_package(file: &File) -> bool {
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else { return false };
    ["[Content_Types].xml", "mimetype"].iter().any(|name| archive.by_name(name).is_ok())
}

/// Reads an archive that begins with `head`; `enter`: also the documents in it, each on a page of its own behind the names.
pub(crate) fn read(mut file: File, head: &[u8], enter: bool) -> Result<Document, Problem> {
    file.rewind().map_err(|error| Problem::from_io(&error))?;
    let file = BufReader::new(file);
    let mut contents = Contents { enter, ..Contents::default() };
    match head {
        [b'P', b'K', ..] => {
            read_zip(ZipArchive::new(file).map_err(|error| zip_problem(&error))?, &mut contents)
        }
        [0x1F, 0x8B, ..] => read_tar(GzDecoder::new(file).take(MAX_UNPACKED), &mut contents),
        _ => read_tar(file, &mut contents),
    }
    contents.document()
}

/// What was found so far.
#[derive(Default)]
struct Contents {
    enter: bool,
    names: Vec<String>,
    documents: Vec<(String, Document)>,
    /// Of the documents that were read.
    bytes: u64,
    /// There was more than is kept.
    truncated: bool,
}

impl Contents {
    fn add(&mut self, name: String, size: u64, content: Option<impl Read>) {
        if self.names.len() == MAX_NAMES {
            self.truncated = true;
            return;
        }
        if let Some(content) = content.filter(|_| self.enter) {
            if size > MAX_ENTRY_BYTES || self.bytes + size > MAX_BYTES {
                self.truncated = true;
            } else {
                let document = self.read(&name, content);
                self.documents.extend(document.map(|document| (name.clone(), document)));
            }
        }
        self.names.push(name);
    }

    /// A document; one that cannot be read is known by its name.
    fn read(&mut self, name: &str, content: impl Read) -> Option<Document> {
        let mut bytes = Vec::new();
        // Whatever size was announced.
        content.take(MAX_ENTRY_BYTES).read_to_end(&mut bytes).ok()?;
        self.bytes += bytes.len() as u64;
        let file_name = name.rsplit('/').next().unwrap_or(name);
        let kind = detect(&bytes[..bytes.len().min(HEAD_BYTES)], OsStr::new(file_name));
        let is_document = kind.family() == Some(Family::Document) && kind != Kind::Archive;
        // A reader that gives up on one document of many is no reason to lose the others.
        is_document
            .then(|| catch_unwind(AssertUnwindSafe(|| read_document(kind, bytes))).ok()?.ok())
            .flatten()
    }

    fn document(self) -> Result<Document, Problem> {
        if self.names.is_empty() {
            return Err(Problem::new(
                ProblemCode::Empty,
                "an archive with nothing in it, or one that is damaged",
            ));
        }
        let mut all = Document::new(Kind::Archive, None, self.names.join("\n"));
        all.truncated = self.truncated;
        if self.documents.is_empty() {
            return Ok(all);
        }
        all.page_starts.push(0);
        for (name, document) in self.documents {
            if all.is_full() {
                all.truncated = true;
                break;
            }
            all.text.push_str("\n\n");
            all.page_starts.push(all.text.len());
            all.text.push_str(&format!("{name}\n\n{}", document.text.trim_end()));
        }
        Ok(all)
    }
}

fn read_zip<R: Read + Seek>(mut archive: ZipArchive<R>, contents: &mut Contents) {
    for index in 0..archive.len() {
        let facts = archive
            .by_index_raw(index)
            .and_then(|entry| Ok((entry.name()?.into_owned(), entry.size(), entry.is_dir())));
        let Ok((name, size, false)) = facts else { continue };
        // Fails for what is encrypted.
        let content = if contents.enter { archive.by_index(index).ok() } else { None };
        contents.add(name, size, content);
    }
}

fn read_tar(archive: impl Read, contents: &mut Contents) {
    let mut archive = tar::Archive::new(archive);
    let Ok(entries) = archive.entries() else { return };
    // What is behind a damaged place cannot be found.
    for entry in entries.map_while(Result::ok) {
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let size = entry.size();
        contents.add(name, size, Some(entry));
    }
}
