//! The file form of an index, in one file:
//!
//! ```text
//! magic "CAIRNIDX" | version u32 | length of head u32 | length of payload u64 | BLAKE3 of all the rest | head | payload
//! ```
//!
//! Numbers are little-endian. The hash covers the numbers before it, the head (JSON) and the payload (rows, then
//! the graph in usearch's own form): usearch does not defend itself against a damaged file, so it never sees one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Stamp;

const MAGIC: &[u8; 8] = b"CAIRNIDX";
const VERSION: u32 = 2;
const NUMBERS: usize = 24;
const PREFIX: usize = NUMBERS + blake3::OUT_LEN;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) stamp: Stamp,
    /// Nodes ever removed from the graph.
    pub(crate) removed: usize,
    /// Candidates that the graph needs.
    pub(crate) effort: usize,
    /// Bytes of the payload that are rows; the rest is the graph.
    pub(crate) rows_length: usize,
}

/// Writes beside `path`, syncs, renames. Returns the length of the file.
pub(crate) fn write(path: &Path, head: &Head, payload: &[&[u8]]) -> io::Result<u64> {
    let head = serde_json::to_vec(head)?;
    let payload_length = payload.iter().map(|part| part.len()).sum();
    let numbers = numbers(head.len(), payload_length)?;
    let hash = hash(&numbers, &head, payload);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A fixed name: what a crash leaves behind is overwritten by the next snapshot instead of piling up.
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".tmp");
    let temporary = directory.join(name);
    let mut file = File::create(&temporary)?;
    for part in [&numbers[..], hash.as_bytes(), &head].iter().chain(payload) {
        file.write_all(part)?;
    }
    file.sync_all()?;
    drop(file);
    std::fs::rename(&temporary, path)?;
    sync_directory(directory)?;
    Ok((PREFIX + head.len() + payload_length) as u64)
}

/// The head and the payload at `path`; `None` where the file is absent or not exactly what was written.
pub(crate) fn read(path: &Path) -> io::Result<Option<(Head, Vec<u8>)>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let mut prefix = [0u8; PREFIX];
    match file.read_exact(&mut prefix) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let Some(head_length) = lengths(&prefix, length) else { return Ok(None) };
    let mut head = Vec::new();
    Read::take(&mut file, head_length).read_to_end(&mut head)?;
    let mut payload = Vec::new();
    file.take(length).read_to_end(&mut payload)?;
    let (numbers, expected) = prefix.split_at(NUMBERS);
    // The lengths are under the hash, so a file that is too short or too long cannot match it either.
    if head.len() as u64 != head_length || hash(numbers, &head, &[&payload]).as_bytes() != expected {
        return Ok(None);
    }
    Ok(serde_json::from_slice(&head).ok().map(|head| (head, payload)))
}

/// The length of the head, where the file begins as ours does and its lengths add up to the file's.
fn lengths(prefix: &[u8; PREFIX], file_length: u64) -> Option<u64> {
    let (magic, rest) = prefix.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let (head, rest) = rest.split_first_chunk::<4>()?;
    let payload = rest.first_chunk::<8>()?;
    let head = u64::from(u32::from_le_bytes(*head));
    let whole = u64::from_le_bytes(*payload).checked_add(head)?.checked_add(PREFIX as u64)?;
    (magic == MAGIC && u32::from_le_bytes(*version) == VERSION && whole == file_length).then_some(head)
}

fn numbers(head: usize, payload: usize) -> io::Result<[u8; NUMBERS]> {
    let head = u32::try_from(head).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut numbers = [0; NUMBERS];
    numbers[..8].copy_from_slice(MAGIC);
    numbers[8..12].copy_from_slice(&VERSION.to_le_bytes());
    numbers[12..16].copy_from_slice(&head.to_le_bytes());
    numbers[16..].copy_from_slice(&(payload as u64).to_le_bytes());
    Ok(numbers)
}

fn hash(numbers: &[u8], head: &[u8], payload: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(numbers).update(head);
    payload.iter().for_each(|part| {
        hasher.update(part);
    });
    hasher.finalize()
}

/// Makes the rename last through a loss of power. Windows has no such call and needs none.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
